using System.Diagnostics.CodeAnalysis;
using Handler.Functions;

namespace Handler;

/// <summary>
/// How a job ended. A closed family: <see cref="Completed{T}"/>, <see cref="Failed{T}"/>, <see cref="TimedOut{T}"/>,
/// <see cref="OutOfMemory{T}"/>, <see cref="Exited{T}"/>, <see cref="Killed{T}"/>, <see cref="Lost{T}"/> and
/// <see cref="Rejected{T}"/>.
/// </summary>
/// <typeparam name="T">The type of the function's value.</typeparam>
public abstract record Outcome<T>
{
    private protected Outcome()
    {
    }

    /// <summary>What the job used; <see langword="null"/> when its function never started.</summary>
    public JobUsage? Usage { get; internal init; }

    /// <summary>
    /// What the job wrote to stdout and stderr: always where it did not complete and wrote something, otherwise when
    /// <see cref="JobLimits.CaptureOutput"/> asked for it.
    /// </summary>
    public JobOutput? Output { get; internal init; }

    /// <summary>One sentence that says what happened.</summary>
    public abstract string Message { get; }

    /// <summary>Whether the function returned a value.</summary>
    public bool IsCompleted => this is Completed<T>;

    /// <summary>Gives the value, where there is one.</summary>
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

    /// <summary>The value, or an exception that says what happened instead.</summary>
    /// <exception cref="JobException">The job did not complete; the exception's type says how it ended.</exception>
    /// <exception cref="OperationCanceledException">The caller's own token was cancelled; the exception carries it.</exception>
    public T GetValueOrThrow() => this is Completed<T> completed ? completed.Value : throw ToException();

    private protected abstract Exception ToException();
}

/// <summary>The function returned a value.</summary>
/// <param name="Value">What it returned.</param>
public sealed record Completed<T>(T Value) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => "Completed";

    private protected override Exception ToException() => new InvalidOperationException("A completed job has no exception.");
}

/// <summary>The function threw, or its result could not be brought back.</summary>
/// <param name="ExceptionType">Full name of the exception's type.</param>
/// <param name="ExceptionMessage">The exception's message; its first 4,096 characters. Halves of surrogate pairs arrive as U+FFFD, here and in the text.</param>
/// <param name="ExceptionText">The exception with its inner exceptions and stack traces, as <c>ToString()</c> returns it; its first 16,384 characters. Of more than 100 inner exceptions the outermost are named.</param>
public sealed record Failed<T>(string ExceptionType, string ExceptionMessage, string ExceptionText) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => $"{ExceptionType}: {ExceptionMessage}";

    private protected override Exception ToException() => new JobFailedException(this.Message, ExceptionType, ExceptionText, Usage);
}

/// <summary>The function ran longer than its <see cref="JobLimits.Timeout"/> and was killed.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Elapsed">How long it had run when it was killed.</param>
public sealed record TimedOut<T>(TimeSpan Limit, TimeSpan Elapsed) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => $"Took more than {Limit.TotalMilliseconds:0.###}ms to complete";

    private protected override Exception ToException() => new JobTimeoutException(this.Message, Limit, Elapsed, Usage);
}

/// <summary>The function used more memory than it was allowed to.</summary>
/// <param name="LimitBytes">The limit that was passed, in bytes.</param>
/// <param name="PeakBytes">The most that was seen, in bytes.</param>
/// <param name="Source">Which layer saw it.</param>
public sealed record OutOfMemory<T>(long LimitBytes, long PeakBytes, MemoryLimitSource Source) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => $"Process tried to use more than {LimitBytes} bytes of memory";

    private protected override Exception ToException() => new JobOutOfMemoryException(this.Message, LimitBytes, PeakBytes, Source, Usage);
}

/// <summary>The worker process ended while the function ran, and nobody outside asked for it.</summary>
/// <param name="ExitCode">The exit code, if the process exited.</param>
/// <param name="Signal">The signal's number, if a signal ended it.</param>
/// <param name="Reason">What is known of the cause, such as <c>stack overflow</c>; <see langword="null"/> where nothing is.</param>
public sealed record Exited<T>(int? ExitCode, int? Signal, string? Reason) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => "Process exited with "
        + (ExitCode is { } code ? $"code {code}" : Signal is { } signal ? $"signal {signal} ({SignalNames.Of(signal)})" : "unknown status")
        + (Reason is null ? "" : $": {Reason}");

    private protected override Exception ToException() => new JobExitedException(this.Message, ExitCode, Signal, Usage);
}

/// <summary>The job was killed on purpose: by its caller, by a user, or because its owner went away.</summary>
/// <param name="Cause">Who asked for it.</param>
/// <param name="Reason">The reason given.</param>
public sealed record Killed<T>(KillCause Cause, string Reason) : Outcome<T>
{
    /// <summary>The token that the caller has cancelled, if that was it.</summary>
    internal CancellationToken Token { get; init; }

    /// <inheritdoc/>
    public override string Message => Reason;

    private protected override Exception ToException() => Cause == KillCause.CallerCancelled
        ? new OperationCanceledException(this.Message, Token)
        : new JobKilledException(this.Message, Cause, Usage);
}

/// <summary>
/// What ran the job went away, and no one can say how the job ended. It may have run in part; it is
/// not tried again.
/// </summary>
/// <param name="What">What was lost, and what is known of it.</param>
public sealed record Lost<T>(string What) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => What;

    private protected override Exception ToException() => new JobLostException(this.Message, Usage);
}

/// <summary>The job was not admitted; nothing started.</summary>
/// <param name="Pool">The pool of the chain, or the node, that refused it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Requested">How much was asked for, in the reason's unit (workers, bytes, waiting jobs, milliseconds).</param>
/// <param name="Used">How much was in use, with what is <see cref="Kept"/>.</param>
/// <param name="Limit">How much there is.</param>
public sealed record Rejected<T>(string Pool, RejectReason Reason, long Requested, long Used, long Limit) : Outcome<T>
{
    /// <summary>How many jobs were waiting in the pool, where the job would have fitted but for one that waits ahead of it; otherwise 0.</summary>
    public int Waiting { get; internal init; }

    /// <summary>The part of <see cref="Used"/> that is not in use but kept for the first job that waits, in the reason's unit; 0 where <see cref="Waiting"/> is.</summary>
    public long Kept { get; internal init; }

    /// <summary>More of the reason, where there is more to say; otherwise <see langword="null"/>.</summary>
    public string? Detail { get; internal init; }

    /// <inheritdoc/>
    public override string Message => Reason switch
    {
        RejectReason.NoWorkersAvailable => "No workers available",
        RejectReason.InsufficientMemory => "Not enough memory available",
        RejectReason.QueueFull => $"The queue is full: {Used} of {Limit} jobs are waiting",
        RejectReason.PoolTimeout => $"Could not reach pool within {Limit}ms",
        RejectReason.NoSuchPool => "No Pools Available",
        RejectReason.PayloadTooLarge => $"The job is too large: it has {Requested} bytes, and MaxPayloadBytes of the silo allows {Limit}. Capture less, or raise that option of the silos",
        RejectReason.SelectorFailed => "The selector of the pool failed",
        RejectReason.WorkersDoNotStart => $"No worker can be started. {Detail}",
        _ => Reason.ToString(),
    } + (Waiting == 0
        ? $" (pool {Excerpt.OfName(Pool)}: requested {Requested}, used {Used}, limit {Limit})"
        : $": others wait ahead (pool {Excerpt.OfName(Pool)}: requested {Requested}, used {Used}, of which {Kept} are kept for the first of {Waiting} that wait, limit {Limit})");

    internal Exception AsException() => ToException();

    private protected override Exception ToException() => new JobRejectedException(this.Message, Pool, Reason, Requested, Used, Limit);
}
