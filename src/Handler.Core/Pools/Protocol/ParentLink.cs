namespace Handler.Pools;

/// <summary>A pool's connection to one of its parents. Requests that do not wait for room are batched.</summary>
internal sealed class ParentLink
{
    private readonly RequestBatcher<AcquireRequest, AcquireReply> _combiner;
    private readonly IPoolPeer _peer;

    public ParentLink(string pool, IPoolPeer peer, TimeProvider time)
    {
        Pool = pool;
        _peer = peer;
        _combiner = new(request => peer.AcquireAsync(request), peer.AcquireManyAsync, static request => request.Budget, time);
    }

    public string Pool { get; }

    /// <inheritdoc cref="IPoolPeer.LocalActor"/>
    public PoolActor? LocalActor => _peer.LocalActor;

    // The reply to a request that waits may be late. It is sent alone, so that no other request has to wait with it.
    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
        => LocalActor is not null || request.Wait > TimeSpan.Zero ? _peer.TryAcquireAsync(request) : _combiner.SendAsync(request);

    /// <inheritdoc cref="IPoolPeer.CheckFeasibilityAsync"/>
    public ValueTask<Reject?> CheckFeasibilityAsync(long bytes, int depth) => _peer.CheckFeasibilityAsync(bytes, depth);
}
