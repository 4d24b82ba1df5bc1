namespace Handler;

/// <summary>The function ran longer than its <see cref="JobLimits.Timeout"/> or <see cref="JobLimits.CpuTime"/>.</summary>
/// <param name="failure">What happened.</param>
/// <param name="usage">The resources that the job used; <see langword="null"/> if it never started.</param>
public sealed class JobTimeoutException(JobTimedOut failure, JobUsage? usage) : JobException(failure, usage)
{
    /// <inheritdoc/>
    public override JobTimedOut Failure => (JobTimedOut)base.Failure;
}
