namespace Handler;

/// <summary>The job was killed on purpose.</summary>
/// <param name="failure">What happened.</param>
/// <param name="usage">The resources that the job used; <see langword="null"/> if it never started.</param>
public sealed class JobKilledException(JobKilled failure, JobUsage? usage) : JobException(failure, usage)
{
    /// <inheritdoc/>
    public override JobKilled Failure => (JobKilled)base.Failure;
}
