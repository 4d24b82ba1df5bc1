namespace Handler.Pools;

/// <summary>
/// Pools that are reached by messages. Requests that have to wait for pending calls to the same pool are sent as a batch. Used within the
/// turns of one node. Pools batch the requests to their parents themselves, and <see cref="ReleaseOutbox"/> batches releases.
/// </summary>
internal sealed class BatchingPoolDirectory(IPoolDirectory pools, TimeProvider time) : IPoolDirectory
{
    /// <summary>Limits the table: names come from callers and may be any text.</summary>
    private const int MaxKnown = 16_384;

    private readonly Dictionary<string, IPoolPeer> known = new(StringComparer.Ordinal);

    public IPoolPeer? Find(string pool)
    {
        if (known.TryGetValue(pool, out var peer) || pools.Find(pool) is not { } found)
            return peer;
        if (known.Count >= MaxKnown)
            known.Clear(); // pending calls continue; only later requests are not batched with them
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

        public PoolActor? LocalActor => inner.LocalActor;

        // A request that waits for room would delay the others in its batch.
        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request) => LocalActor is not null || request.Wait > TimeSpan.Zero ? inner.AcquireAsync(request) : acquires.SendAsync(request);

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests) => inner.AcquireManyAsync(requests);

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request) => inner.ReleaseAsync(request);

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests) => inner.ReleaseManyAsync(requests);

        public ValueTask<Reject?> CheckFeasibilityAsync(long bytes, int depth) => inner.CheckFeasibilityAsync(bytes, depth);
    }
}
