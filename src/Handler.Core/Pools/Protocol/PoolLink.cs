using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// An actor's way to one pool. Requests that have to wait for pending calls to the pool are sent as a batch, and so are releases.
/// </summary>
internal sealed class PoolLink
{
    private readonly IPoolPeer peer;
    private readonly RequestBatcher<AcquireRequest, AcquireReply> acquires;
    private readonly RequestBatcher<ReleaseRequest, ReleaseReply> releases;

    /// <param name="pool">The pool's name.</param>
    /// <param name="peer">How it is reached.</param>
    /// <param name="timings">The timeout of a release.</param>
    /// <param name="time">The actor's time.</param>
    /// <param name="background">Sends the batches.</param>
    public PoolLink(string pool, IPoolPeer peer, PoolTimings timings, TimeProvider time, BackgroundWork background)
    {
        Pool = pool;
        this.peer = peer;
        acquires = new(request => peer.AcquireAsync(request), peer.AcquireManyAsync, static request => request.Budget, time, background);
        releases = new(request => peer.ReleaseAsync(request), peer.ReleaseManyAsync, _ => timings.CallTimeout, time, background);
        LateReleases = new LogThrottle(time);
    }

    public string Pool { get; }

    /// <inheritdoc cref="IPoolPeer.LocalActor"/>
    public ILocalActor? LocalActor => peer.LocalActor;

    /// <summary>Limits the warnings about releases that this pool does not acknowledge.</summary>
    public LogThrottle LateReleases { get; }

    /// <summary>
    /// Asks the pool for a share. Never throws synchronously. The reply to a request that waits for room may be late, so it is sent alone:
    /// no other request has to wait with it.
    /// </summary>
    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
        => LocalActor is not null || request.Wait > TimeSpan.Zero ? peer.TryAcquireAsync(request) : acquires.SendAsync(request);

    /// <summary>Releases a share. Never throws synchronously.</summary>
    public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request) => releases.SendAsync(request);

    /// <inheritdoc cref="IPoolPeer.CheckFeasibilityAsync"/>
    public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
        => peer.CheckFeasibilityAsync(from, bytes, depth);
}
