namespace Handler;

/// <summary>The job was killed on purpose.</summary>
public sealed class JobKilledException(string message, KillCause cause, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The cause of the kill.</summary>
    public KillCause Cause { get; } = cause;
}
