namespace Handler;

/// <summary>The node or worker that ran the job went away; how far the job got is unknown.</summary>
/// <param name="failure">What happened.</param>
/// <param name="usage">The resources that the job used; <see langword="null"/> if it never started.</param>
public sealed class JobLostException(JobLost failure, JobUsage? usage) : JobException(failure, usage)
{
    /// <inheritdoc/>
    public override JobLost Failure => (JobLost)base.Failure;
}
