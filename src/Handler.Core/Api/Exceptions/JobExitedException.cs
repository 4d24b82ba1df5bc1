namespace Handler;

/// <summary>The worker process exited while the function ran.</summary>
/// <param name="failure">What happened.</param>
/// <param name="usage">The resources that the job used; <see langword="null"/> if it never started.</param>
public sealed class JobExitedException(JobExited failure, JobUsage? usage) : JobException(failure, usage)
{
    /// <inheritdoc/>
    public override JobExited Failure => (JobExited)base.Failure;
}
