using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Handler;

/// <summary>How a function ended, with its value if it returned one.</summary>
/// <typeparam name="T">The type of the function's value.</typeparam>
[JsonConverter(typeof(JobOutcomeJsonConverterFactory))]
public sealed record JobOutcome<T> : JobOutcome
{
    private readonly T? value;

    /// <summary>
    /// The outcome of a function that returned a value. <see cref="JobOutcome.FromValue"/> says so where the value might be taken for a
    /// failure, as in <c>JobOutcome.FromValue&lt;string?&gt;(null)</c>.
    /// </summary>
    public JobOutcome(T value) => this.value = value;

    /// <summary>The outcome of a job that did not complete.</summary>
    public JobOutcome(JobFailure failure)
        : base(failure)
    {
    }

    /// <summary>Gets the value, if there is one.</summary>
    public bool TryGetValue([MaybeNullWhen(false)] out T value)
    {
        value = this.value;
        return IsSuccess;
    }

    /// <summary>Returns the value, or throws an exception that says what happened instead.</summary>
    /// <exception cref="JobException">The job did not complete; the exception's type says how it ended.</exception>
    /// <exception cref="OperationCanceledException">The caller's own token was cancelled; the exception carries that token.</exception>
    public T GetValueOrThrow()
    {
        ThrowIfFailed();
        return value!;
    }

    /// <summary>The kind, and the value or the failure's message.</summary>
    public override string ToString() => IsSuccess ? $"{nameof(JobOutcomeKind.Completed)}: {value}" : base.ToString();

    /// <summary>The same outcome without the value.</summary>
    internal JobOutcome WithoutValue()
        => IsSuccess ? new JobOutcome { Usage = Usage, Output = Output } : new JobOutcome(Failure) { Usage = Usage, Output = Output };
}
