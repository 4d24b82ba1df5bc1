using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Handler;

/// <summary>
/// How a job ended, as its caller sees it. The outcome of an action; a function's outcome, <see cref="JobOutcome{T}"/>, also has its value.
/// <para>
/// Serializes to JSON and back with its kind, value, failure, usage and output; see <see cref="JobOutcomeJsonConverterFactory"/>.
/// </para>
/// </summary>
[JsonConverter(typeof(JobOutcomeJsonConverterFactory))]
public record JobOutcome
{
    /// <summary>The outcome of an action that returned.</summary>
    public JobOutcome()
    {
    }

    /// <summary>The outcome of a job that did not complete.</summary>
    public JobOutcome(JobFailure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Failure = failure;
    }

    /// <summary>The outcome of a function that returned this value.</summary>
    public static JobOutcome<T> FromValue<T>(T value) => new(value);

    /// <summary>The outcome of a function that did not complete.</summary>
    public static JobOutcome<T> FromFailure<T>(JobFailure failure) => new(failure);

    /// <summary>Why the job did not complete; <see langword="null"/> if it completed.</summary>
    public JobFailure? Failure { get; }

    /// <summary>The resources that the job used; <see langword="null"/> if its function never started.</summary>
    public JobUsage? Usage { get; init; }

    /// <summary>
    /// What the job wrote to stdout and stderr. Present if the job did not complete and wrote something, or if
    /// <see cref="JobLimits.CaptureOutput"/> was set.
    /// </summary>
    public JobOutput? Output { get; init; }

    /// <summary>How the job ended.</summary>
    public JobOutcomeKind Kind => Failure?.Kind ?? JobOutcomeKind.Completed;

    /// <summary>One sentence that says what happened.</summary>
    public string Message => Failure?.Message ?? "Completed";

    /// <summary>Whether the function returned.</summary>
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool IsSuccess => Failure is null;

    /// <summary>Throws an exception that says what happened, unless the job completed.</summary>
    /// <exception cref="JobException">The job did not complete; the exception's type says how it ended.</exception>
    /// <exception cref="OperationCanceledException">The caller's own token was cancelled; the exception carries that token.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is { } failure)
            throw JobExceptions.Of(failure, Usage);
    }

    /// <summary>The kind, and the failure's message if there is one.</summary>
    public override string ToString() => Failure?.ToString() ?? nameof(JobOutcomeKind.Completed);
}
