using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Releases shares, and repeats each release until the pool has acknowledged it. Releases to one pool are batched. Everything runs in
/// the turns of the outbox's owner.
/// </summary>
/// <param name="pools">Where to find the pools.</param>
/// <param name="timings">The delays and timeouts of retries.</param>
/// <param name="time">The owner's time.</param>
/// <param name="warn">Receives a warning about a pool that has not acknowledged a release for longer than
/// <see cref="PoolTimings.ReleaseTimeout"/>, at most once a minute for each pool.</param>
/// <param name="seen">What the owner has seen of a pool, if it keeps a record of that. An acknowledgement of an activation older than the
/// newest one seen does not count: the newer one may have the share in its books.</param>
internal sealed class ReleaseOutbox(IPoolDirectory pools, PoolTimings timings, TimeProvider time, Action<string, Exception?> warn, Func<string, SeenPool>? seen = null)
{
    private readonly Dictionary<string, Target> targets = new(StringComparer.Ordinal);

    private bool closed;

    /// <summary>The number of releases that are not acknowledged yet.</summary>
    public int Unacknowledged { get; private set; }

    /// <summary>
    /// The owner stops: releases that are not acknowledged by now are no longer repeated. The pool finds out by reconciliation, or when the
    /// node is dead.
    /// </summary>
    public void Close() => closed = true;

    /// <summary>
    /// Completes when the pool has acknowledged the release or no longer exists, or when the outbox is closed. Never throws.
    /// </summary>
    public ValueTask ReleaseAsync(string pool, in ReleaseRequest request)
    {
        if (FindTarget(pool) is not { } target)
            return default; // the pool no longer exists, so there is nothing to release
        var call = target.SendAsync(request);
        if (!call.IsCompletedSuccessfully)
            return new ValueTask(RepeatAsync(target, request, call));
        var reply = call.Result;
        return target.IsAcknowledgedBy(reply) ? default : new ValueTask(RepeatAsync(target, request, ValueTask.FromResult(reply)));
    }

    /// <summary>Releases every share of a chain, from its last pool to its first.</summary>
    public ValueTask ReleaseAsync(PoolChain? chain, JobId job, LeaseEnding ending)
    {
        if (chain is null)
            return default;

        // The parents first: while the first pool of the chain counts the job, it admits no other job that would then find the parent full.
        var above = ReleaseAsync(chain.Above, job, ending);
        var here = ReleaseAsync(chain.Pool, new ReleaseRequest(job, chain.Route, ending));
        if (above.IsCompletedSuccessfully)
            return here;
        return here.IsCompletedSuccessfully ? above : new ValueTask(Task.WhenAll(above.AsTask(), here.AsTask()));
    }

    private async Task RepeatAsync(Target target, ReleaseRequest request, ValueTask<ReleaseReply> call)
    {
        Unacknowledged++;
        var start = time.GetTimestamp();
        for (var delay = timings.RetryDelay; !closed; delay = timings.Grow(delay))
        {
            Exception? failure = null;
            try
            {
                if (target.IsAcknowledgedBy(await call))
                    break;
            }
            catch (Exception e)
            {
                failure = e; // Whatever the failure is, try again.
            }

            WarnIfLate(target, time.GetElapsedTime(start), failure);
            await Task.Delay(delay, time);
            call = target.SendAsync(request);
        }

        Unacknowledged--;
    }

    private void WarnIfLate(Target target, TimeSpan elapsed, Exception? failure)
    {
        if (elapsed > timings.ReleaseTimeout && target.Late.IsDue())
            warn($"Pool {target.Pool} has not acknowledged a release for {elapsed.TotalSeconds:0.0} s, of {Unacknowledged} to all pools; it is repeated until it does.", failure);
    }

    private Target? FindTarget(string pool)
    {
        if (!targets.TryGetValue(pool, out var target) && pools.Find(pool) is { } peer)
            targets.Add(pool, target = new Target(pool, peer, seen?.Invoke(pool), timings, time));
        return target;
    }

    /// <summary>One pool to which shares are released.</summary>
    private sealed class Target(string pool, IPoolPeer peer, SeenPool? seen, PoolTimings timings, TimeProvider time)
    {
        private readonly RequestBatcher<ReleaseRequest, ReleaseReply> combiner = new(item => peer.ReleaseAsync(item), peer.ReleaseManyAsync, _ => timings.CallTimeout, time);

        public string Pool => pool;

        /// <summary>Limits the warnings about this pool.</summary>
        public LogThrottle Late { get; } = new(time);

        private long NewestEpoch => seen?.Epoch ?? 0;

        public ValueTask<ReleaseReply> SendAsync(in ReleaseRequest request) => combiner.SendAsync(request with { Seen = NewestEpoch });

        public bool IsAcknowledgedBy(ReleaseReply reply) => reply.Epoch >= NewestEpoch;
    }
}
