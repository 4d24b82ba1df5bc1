namespace Handler;

/// <summary>The function threw, or its value could not be sent back.</summary>
/// <param name="failure">What happened.</param>
/// <param name="usage">The resources that the job used; <see langword="null"/> if it never started.</param>
public sealed class JobFailedException(JobFailed failure, JobUsage? usage) : JobException(failure, usage)
{
    /// <inheritdoc/>
    public override JobFailed Failure => (JobFailed)base.Failure;
}
