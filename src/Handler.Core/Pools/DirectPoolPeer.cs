namespace Handler.Pools;

/// <summary>A pool in this process, reached by direct calls: they are part of the caller's turn. Stays the same when the pool is removed and added again.</summary>
internal sealed class DirectPoolPeer(PoolActor actor) : IPoolPeer
{
    public PoolActor Actor { get; set; } = actor;

    public bool IsNear => true;

    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request) => Actor.AcquireAsync(request);

    public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests) => Actor.AcquireManyAsync(requests);

    public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request) => Actor.ReleaseAsync(request);

    public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests) => Actor.ReleaseManyAsync(requests);
}
