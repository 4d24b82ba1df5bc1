namespace Handler.Pools;

/// <summary>Releases a share. Harmless if the pool does not know the job, or knows it by another route.</summary>
internal readonly record struct ReleaseRequest(JobId Job, ulong Route, LeaseOutcome Outcome)
{
    /// <inheritdoc cref="AcquireRequest.Seen"/>
    public long Seen { get; init; }
}
