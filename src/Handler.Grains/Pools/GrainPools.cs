using Handler.FairShare;
using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary>
/// Finds pools by name. Returns a peer for any name; the pool's grain tells whether the pool exists. Used within the turns of <see
/// cref="ColocatedPools"/>.
/// </summary>
internal sealed class GrainPools(IGrainFactory grains, ColocatedPools colocated) : IPoolDirectory
{
    public IPoolPeer? Find(string pool)
        => string.IsNullOrWhiteSpace(pool) ? null : new GrainPoolPeer(pool, grains.GetGrain<IPoolGrain>(pool), colocated);

    public ILocalActor? FindLocal(string pool) => colocated.Find(pool)?.Actor;

    /// <summary>
    /// Calls a pool on this silo directly, and a pool that is elsewhere or not yet active through its grain. Grain calls are made outside
    /// of the turn: Orleans takes the lock of an activation to give it a message, and also holds that lock while an activation starts,
    /// which enters a turn.
    /// </summary>
    private sealed class GrainPoolPeer(string name, IPoolGrain grain, ColocatedPools colocated) : IPoolPeer
    {
        public ILocalActor? LocalActor => colocated.Find(name)?.Actor;

        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
            => colocated.Find(name) is { } pool ? pool.AcquireAsync(request) : AcquireByGrainAsync(request);

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
            => colocated.Find(name) is { } pool ? pool.AcquireManyAsync(requests) : AcquireManyByGrainAsync(requests);

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
            => colocated.Find(name) is { } pool ? pool.ReleaseAsync(request) : ReleaseByGrainAsync(request);

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
            => colocated.Find(name) is { } pool ? pool.ReleaseManyAsync(requests) : ReleaseManyByGrainAsync(requests);

        public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
            => colocated.Find(name) is { } pool
                ? pool.CheckFeasibilityAsync(from, bytes, depth)
                : CheckFeasibilityByGrainAsync(from, bytes, depth);

        // Separate methods, because otherwise the closure would be allocated for calls of colocated pools too.
        private ValueTask<AcquireReply> AcquireByGrainAsync(AcquireRequest request)
            => colocated.Turns.CallOutside(() => grain.AcquireAsync(request));

        private ValueTask<AcquireReply[]> AcquireManyByGrainAsync(AcquireRequest[] requests)
            => colocated.Turns.CallOutside(() => grain.AcquireManyAsync(requests));

        private ValueTask<ReleaseReply> ReleaseByGrainAsync(ReleaseRequest request)
            => colocated.Turns.CallOutside(() => grain.ReleaseAsync(request));

        private ValueTask<ReleaseReply[]> ReleaseManyByGrainAsync(ReleaseRequest[] requests)
            => colocated.Turns.CallOutside(() => grain.ReleaseManyAsync(requests));

        private ValueTask<JobRejected?> CheckFeasibilityByGrainAsync(PoolPath? from, long bytes, int depth)
            => colocated.Turns.CallOutside(() => grain.CheckFeasibilityAsync(from, bytes, depth));
    }
}
