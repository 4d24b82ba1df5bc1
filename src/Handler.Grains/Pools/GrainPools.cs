using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary>Finds pools by name: whether there is one, its grain says. Used within the turns of <see cref="NearPools"/>.</summary>
internal sealed class GrainPools(IGrainFactory grains, NearPools near) : IPoolDirectory
{
    public IPoolPeer? Find(string pool) => string.IsNullOrWhiteSpace(pool) ? null : new GrainPoolPeer(pool, grains.GetGrain<IPoolGrain>(pool), near);

    /// <summary>A pool on this silo is called directly; one elsewhere, or none yet, by its grain.</summary>
    private sealed class GrainPoolPeer(string name, IPoolGrain grain, NearPools near) : IPoolPeer
    {
        public bool IsNear => near.Find(name) is not null;

        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request) => near.Find(name) is { } pool ? pool.AcquireAsync(request) : grain.AcquireAsync(request);

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests) => near.Find(name) is { } pool ? pool.AcquireManyAsync(requests) : grain.AcquireManyAsync(requests);

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request) => near.Find(name) is { } pool ? pool.ReleaseAsync(request) : grain.ReleaseAsync(request);

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests) => near.Find(name) is { } pool ? pool.ReleaseManyAsync(requests) : grain.ReleaseManyAsync(requests);
    }
}
