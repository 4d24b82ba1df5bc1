namespace Handler;

/// <summary>The job was killed on purpose.</summary>
public sealed class JobKilledException(string message, KillCause cause, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>Who asked for it.</summary>
    public KillCause Cause { get; } = cause;
}
