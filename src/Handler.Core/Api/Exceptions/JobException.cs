namespace Handler;

/// <summary>Base class of the exceptions that <see cref="Outcome{T}.GetValueOrThrow"/> throws for a job that did not complete.</summary>
public abstract class JobException(string message, JobUsage? usage) : Exception(message)
{
    /// <summary>The resources that the job used; <see langword="null"/> if it never started.</summary>
    public JobUsage? Usage { get; } = usage;
}
