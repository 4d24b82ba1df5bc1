using System.Collections.Concurrent;
using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary>Finds pools by name: whether there is one, its grain says.</summary>
internal sealed class GrainPools(IGrainFactory grains) : IPoolDirectory
{
    private readonly ConcurrentDictionary<string, GrainPoolPeer> known = new(StringComparer.Ordinal);

    public IPoolPeer Find(string pool) => known.GetOrAdd(pool, name => new GrainPoolPeer(grains.GetGrain<IPoolGrain>(name)));

    private sealed class GrainPoolPeer(IPoolGrain grain) : IPoolPeer
    {
        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request) => grain.AcquireAsync(request);

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests) => grain.AcquireManyAsync(requests);

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request) => grain.ReleaseAsync(request);

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests) => grain.ReleaseManyAsync(requests);
    }
}
