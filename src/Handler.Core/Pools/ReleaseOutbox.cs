namespace Handler.Pools;

/// <summary>
/// Gives shares back and does not rest until the pool has acknowledged it. Releases to one pool are combined. Everything happens in
/// the turns of whoever owns the outbox.
/// </summary>
/// <param name="pools">Where to find the pools.</param>
/// <param name="timings">When to call again.</param>
/// <param name="time">Its owner's time.</param>
/// <param name="newestEpoch">The newest epoch of a pool that the owner knows of. What an older activation acknowledges does not count: the newer one may have the share in its books.</param>
/// <param name="warn">Told of a pool that has not acknowledged a release for longer than <see cref="PoolTimings.ReleaseTimeout"/>, at most once a minute for each pool.</param>
/// <param name="faults">For tests.</param>
internal sealed class ReleaseOutbox(IPoolDirectory pools, PoolTimings timings, TimeProvider time, Func<string, long> newestEpoch, Action<string, Exception?> warn, PoolFaults? faults = null)
{
    private readonly Dictionary<string, Reminder> _reminders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Combiner<ReleaseRequest, ReleaseReply>> _targets = new(StringComparer.Ordinal);

    private bool _closed;

    /// <summary>How many releases are not acknowledged yet.</summary>
    public int Unacknowledged { get; private set; }

    /// <summary>Its owner goes: what is not acknowledged by now is not repeated any more. The pool finds out by itself, by reconciliation or when the node is dead.</summary>
    public void Close() => _closed = true;

    /// <summary>Completes, never with an exception, when the pool has acknowledged the release or exists no more, or the outbox is closed.</summary>
    public ValueTask ReleaseAsync(string pool, in ReleaseRequest request)
    {
        var call = SendAsync(pool, request);
        if (!call.IsCompletedSuccessfully)
            return new ValueTask(RepeatAsync(pool, request, call));
        var reply = call.Result;
        return IsAcknowledged(pool, reply) ? default : new ValueTask(RepeatAsync(pool, request, ValueTask.FromResult(reply)));
    }

    /// <summary>Gives every share of a chain back, from its last pool to its first.</summary>
    public ValueTask ReleaseAsync(PoolChain? chain, JobId job, LeaseEnding ending)
    {
        if (chain is null)
            return default;

        // The parents first: as long as the first pool of the chain counts the job, nobody is let in there only to find its parent full.
        var above = ReleaseAsync(chain.Above, job, ending);
        var here = ReleaseAsync(chain.Pool, new ReleaseRequest(job, chain.Route, ending));
        if (above.IsCompletedSuccessfully)
            return here;
        return here.IsCompletedSuccessfully ? above : new ValueTask(Task.WhenAll(above.AsTask(), here.AsTask()));
    }

    private async Task RepeatAsync(string pool, ReleaseRequest request, ValueTask<ReleaseReply> call)
    {
        Unacknowledged++;
        var start = time.GetTimestamp();
        for (var delay = timings.RetryDelay; !_closed; delay = Shorter(delay * 2, timings.MaxRetryDelay))
        {
            Exception? failure = null;
            try
            {
                if (IsAcknowledged(pool, await call))
                    break;
            }
            catch (Exception e)
            {
                failure = e; // Whatever it was, the answer to it is to try again.
            }

            WarnIfLate(pool, time.GetElapsedTime(start), failure);
            if (faults is { LosesReleases: true })
                break;
            await Task.Delay(delay, time);
            call = SendAsync(pool, request);
        }

        Unacknowledged--;
    }

    private void WarnIfLate(string pool, TimeSpan elapsed, Exception? failure)
    {
        if (elapsed <= timings.ReleaseTimeout)
            return;
        if (!_reminders.TryGetValue(pool, out var reminder))
            _reminders.Add(pool, reminder = new Reminder(time));
        if (reminder.IsDue())
            warn($"Pool {pool} has not acknowledged a release for {elapsed.TotalSeconds:0.0} s, of {Unacknowledged} to all pools; it is repeated until it does.", failure);
    }

    private ValueTask<ReleaseReply> SendAsync(string pool, in ReleaseRequest request)
    {
        if (!_targets.TryGetValue(pool, out var target))
        {
            if (pools.Find(pool) is not { } peer)
                return ValueTask.FromResult(ReleaseReply.NoSuchPool);
            target = new Combiner<ReleaseRequest, ReleaseReply>(item => peer.ReleaseAsync(item), peer.ReleaseManyAsync, _ => timings.CallTimeout, time);
            _targets.Add(pool, target);
        }

        return target.SendAsync(request with { Seen = newestEpoch(pool) });
    }

    private bool IsAcknowledged(string pool, ReleaseReply reply) => reply.Epoch >= newestEpoch(pool);

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
