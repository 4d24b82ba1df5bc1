using System.Diagnostics.CodeAnalysis;

namespace Handler;

/// <summary>
/// How a job ended, as its caller sees it. A closed family: <see cref="Completed{T}"/>, <see cref="Failed{T}"/>, <see cref="TimedOut{T}"/>,
/// <see cref="OutOfMemory{T}"/>, <see cref="Exited{T}"/>, <see cref="Killed{T}"/>, <see cref="Lost{T}"/> and
/// <see cref="Rejected{T}"/>.
/// </summary>
/// <typeparam name="T">The type of the function's value.</typeparam>
public abstract record Outcome<T>
{
    private protected Outcome()
    {
    }

    /// <summary>The resources that the job used; <see langword="null"/> if its function never started.</summary>
    public JobUsage? Usage { get; internal init; }

    /// <summary>
    /// What the job wrote to stdout and stderr. Present if the job did not complete and wrote something, or if
    /// <see cref="JobLimits.CaptureOutput"/> was set.
    /// </summary>
    public JobOutput? Output { get; internal init; }

    /// <summary>One sentence that says what happened.</summary>
    public abstract string Message { get; }

    /// <summary>Whether the function returned a value.</summary>
    public bool IsCompleted => this is Completed<T>;

    /// <summary>Gets the value, if there is one.</summary>
    public bool TryGetValue([MaybeNullWhen(false)] out T value)
    {
        if (this is Completed<T> completed)
        {
            value = completed.Value;
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Returns the value, or throws an exception that says what happened instead.</summary>
    /// <exception cref="JobException">The job did not complete; the exception's type says how it ended.</exception>
    /// <exception cref="OperationCanceledException">The caller's own token was cancelled; the exception carries that token.</exception>
    public T GetValueOrThrow() => this is Completed<T> completed ? completed.Value : throw ToException();

    private protected abstract Exception ToException();
}
