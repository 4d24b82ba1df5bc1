namespace Handler;

/// <summary>The job was not admitted; nothing started.</summary>
/// <param name="failure">Why it was not admitted.</param>
public sealed class JobRejectedException(JobRejected failure) : JobException(failure, null)
{
    /// <inheritdoc/>
    public override JobRejected Failure => (JobRejected)base.Failure;
}
