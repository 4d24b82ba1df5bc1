using Handler.FairShare;
using Handler.Pools;

namespace Handler.Embedded;

/// <summary>
/// A pool in this process, reached by direct calls that are part of the caller's turn. The same object is kept when the pool is removed and
/// added again.
/// </summary>
internal sealed class DirectPoolPeer(string pool) : IPoolPeer
{
    /// <summary>The pool; <see langword="null"/> if it was removed and nothing of it remains.</summary>
    public PoolActor? Actor { get; set; }

    public ILocalActor? LocalActor => Actor;

    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
        => Actor is { } actor ? actor.AcquireAsync(request) : ValueTask.FromResult(AcquireReply.No(Rejects.NoSuchPool(pool)));

    public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
        => Actor is { } actor
            ? actor.AcquireManyAsync(requests)
            : ValueTask.FromResult(Array.ConvertAll(requests, _ => AcquireReply.No(Rejects.NoSuchPool(pool))));

    public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
        => Actor is { } actor ? actor.ReleaseAsync(request) : ValueTask.FromResult(ReleaseReply.NoSuchPool);

    public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
        => Actor is { } actor
            ? actor.ReleaseManyAsync(requests)
            : ValueTask.FromResult(Array.ConvertAll(requests, static _ => ReleaseReply.NoSuchPool));

    public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
        => Actor is { } actor
            ? actor.CheckFeasibilityAsync(from, bytes, depth)
            : ValueTask.FromResult<JobRejected?>(Rejects.NoSuchPool(pool));
}
