namespace Handler;

/// <summary>What <see cref="Outcome{T}.GetValueOrThrow"/> throws for a job that did not complete.</summary>
public abstract class JobException(string message, JobUsage? usage) : Exception(message)
{
    /// <summary>What the job used; <see langword="null"/> when it never started.</summary>
    public JobUsage? Usage { get; } = usage;
}

/// <summary>The function threw, or its result could not be brought back.</summary>
public sealed class JobFailedException(string message, string exceptionType, string exceptionText, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>Full name of the type of the exception that the function threw.</summary>
    public string ExceptionType { get; } = exceptionType;

    /// <summary>The function's exception as text, with stack trace.</summary>
    public string ExceptionText { get; } = exceptionText;
}

/// <summary>The function ran too long.</summary>
public sealed class JobTimeoutException(string message, TimeSpan limit, TimeSpan elapsed, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The limit.</summary>
    public TimeSpan Limit { get; } = limit;

    /// <summary>How long it had run when it was killed.</summary>
    public TimeSpan Elapsed { get; } = elapsed;
}

/// <summary>The function used too much memory.</summary>
public sealed class JobOutOfMemoryException(string message, long limitBytes, long peakBytes, MemoryLimitSource source, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The limit, in bytes.</summary>
    public long LimitBytes { get; } = limitBytes;

    /// <summary>The most that was seen, in bytes.</summary>
    public long PeakBytes { get; } = peakBytes;

    /// <summary>Which layer saw it.</summary>
    public MemoryLimitSource LimitSource { get; } = source;
}

/// <summary>The worker process ended under the function.</summary>
public sealed class JobExitedException(string message, int? exitCode, int? signal, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The exit code, if the process exited.</summary>
    public int? ExitCode { get; } = exitCode;

    /// <summary>The signal's number, if a signal ended the process.</summary>
    public int? Signal { get; } = signal;
}

/// <summary>The job was killed on purpose.</summary>
public sealed class JobKilledException(string message, KillCause cause, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>Who asked for it.</summary>
    public KillCause Cause { get; } = cause;
}

/// <summary>What ran the job went away.</summary>
public sealed class JobLostException(string message, JobUsage? usage) : JobException(message, usage);

/// <summary>The job was not admitted; nothing started.</summary>
public sealed class JobRejectedException(string message, string pool, RejectReason reason, long requested, long used, long limit) : JobException(message, null)
{
    /// <summary>The pool that refused it.</summary>
    public string Pool { get; } = pool;

    /// <summary>Why.</summary>
    public RejectReason Reason { get; } = reason;

    /// <summary>How much was asked for, in the reason's unit (workers, bytes, waiting jobs, milliseconds).</summary>
    public long Requested { get; } = requested;

    /// <summary>How much was in use.</summary>
    public long Used { get; } = used;

    /// <summary>How much there is.</summary>
    public long Limit { get; } = limit;
}

/// <summary>
/// A function cannot travel to a worker process. The message says which part of it cannot, and what to do instead.
/// Thrown before anything starts.
/// </summary>
public sealed class FunctionNotPortableException(string message, Exception? inner = null) : ArgumentException(message, inner);
