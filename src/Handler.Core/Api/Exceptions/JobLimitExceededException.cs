namespace Handler;

/// <summary>The function exceeded <see cref="JobLimits.MaxProcesses"/> or <see cref="JobLimits.MaxFileBytes"/>.</summary>
/// <param name="failure">What happened.</param>
/// <param name="usage">The resources that the job used; <see langword="null"/> if it never started.</param>
public sealed class JobLimitExceededException(JobLimitExceeded failure, JobUsage? usage) : JobException(failure, usage)
{
    /// <inheritdoc/>
    public override JobLimitExceeded Failure => (JobLimitExceeded)base.Failure;
}
