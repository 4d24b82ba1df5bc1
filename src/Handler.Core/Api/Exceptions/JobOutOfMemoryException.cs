namespace Handler;

/// <summary>The function used more memory than it was allowed to.</summary>
/// <param name="failure">What happened.</param>
/// <param name="usage">The resources that the job used; <see langword="null"/> if it never started.</param>
public sealed class JobOutOfMemoryException(JobOutOfMemory failure, JobUsage? usage) : JobException(failure, usage)
{
    /// <inheritdoc/>
    public override JobOutOfMemory Failure => (JobOutOfMemory)base.Failure;
}
