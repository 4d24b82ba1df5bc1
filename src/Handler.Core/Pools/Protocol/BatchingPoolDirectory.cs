namespace Handler.Pools;

/// <summary>
/// Pools that are reached by messages: questions that have to wait for others under way to the same pool travel together. Used within the turns of one node;
/// pools combine what they ask their parents by themselves, and releases are combined by <see cref="ReleaseOutbox"/>.
/// </summary>
internal sealed class BatchingPoolDirectory(IPoolDirectory pools, TimeProvider time) : IPoolDirectory
{
    /// <summary>Names come from callers, and need not be those of pools.</summary>
    private const int MaxKnown = 16_384;

    private readonly Dictionary<string, IPoolPeer> known = new(StringComparer.Ordinal);

    public IPoolPeer? Find(string pool)
    {
        if (known.TryGetValue(pool, out var peer) || pools.Find(pool) is not { } found)
            return peer;
        if (known.Count >= MaxKnown)
            known.Clear(); // what is under way goes on; only what comes now does not travel with it
        known.Add(pool, peer = new BatchingPeer(found, time));
        return peer;
    }

    private sealed class BatchingPeer : IPoolPeer
    {
        private readonly IPoolPeer inner;
        private readonly RequestBatcher<AcquireRequest, AcquireReply> acquires;

        public BatchingPeer(IPoolPeer inner, TimeProvider time)
        {
            this.inner = inner;
            acquires = new RequestBatcher<AcquireRequest, AcquireReply>(request => inner.AcquireAsync(request), inner.AcquireManyAsync, static request => request.Budget, time);
        }

        public PoolActor? Near => inner.Near;

        // One that waits for room would hold up those who travel with it.
        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request) => Near is not null || request.Wait > TimeSpan.Zero ? inner.AcquireAsync(request) : acquires.SendAsync(request);

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests) => inner.AcquireManyAsync(requests);

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request) => inner.ReleaseAsync(request);

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests) => inner.ReleaseManyAsync(requests);

        public ValueTask<Reject?> WhyNeverAsync(long bytes, int depth) => inner.WhyNeverAsync(bytes, depth);
    }
}
