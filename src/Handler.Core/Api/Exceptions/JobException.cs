namespace Handler;

/// <summary>What <see cref="Outcome{T}.GetValueOrThrow"/> throws for a job that did not complete.</summary>
public abstract class JobException(string message, JobUsage? usage) : Exception(message)
{
    /// <summary>What the job used; <see langword="null"/> when it never started.</summary>
    public JobUsage? Usage { get; } = usage;
}
