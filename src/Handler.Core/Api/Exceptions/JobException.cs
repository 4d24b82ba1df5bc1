namespace Handler;

/// <summary>Base class of the exceptions that <see cref="JobOutcome{T}.GetValueOrThrow"/> throws for a job that did not complete.</summary>
/// <param name="failure">Why the job did not complete.</param>
/// <param name="usage">The resources that the job used; <see langword="null"/> if it never started.</param>
public abstract class JobException(JobFailure failure, JobUsage? usage)
    : Exception((failure ?? throw new ArgumentNullException(nameof(failure))).Message)
{
    /// <summary>Why the job did not complete.</summary>
    public virtual JobFailure Failure => failure;

    /// <summary>The resources that the job used; <see langword="null"/> if it never started.</summary>
    public JobUsage? Usage => usage;
}
