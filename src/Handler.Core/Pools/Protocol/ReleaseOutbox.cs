using Microsoft.Extensions.Logging;

namespace Handler.Pools;

/// <summary>
/// Releases shares, and repeats each release until the pool has acknowledged it. Everything runs in the turns of the outbox's owner.
/// </summary>
/// <param name="links">The owner's ways to the pools.</param>
/// <param name="timings">The delays and timeouts of retries.</param>
/// <param name="time">The owner's time.</param>
/// <param name="log">Receives a warning about a pool that has not acknowledged a release for longer than
/// <see cref="PoolTimings.ReleaseTimeout"/>, at most once a minute for each pool.</param>
/// <param name="newestEpochOf">The newest epoch that the owner has seen of a pool, if it keeps a record of that. An acknowledgement of an
/// older activation does not count: the newer one may have the share in its books.</param>
internal sealed class ReleaseOutbox(
    PoolLinks links, PoolTimings timings, TimeProvider time, ILogger log, Func<string, long>? newestEpochOf = null)
{
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
        if (links.Find(pool) is not { } link)
            return default; // the pool no longer exists, so there is nothing to release
        var call = SendAsync(link, request);
        if (!call.IsCompletedSuccessfully)
            return new ValueTask(RepeatAsync(link, request, call));
        var reply = call.Result;
        return IsAcknowledged(link, reply) ? default : new ValueTask(RepeatAsync(link, request, ValueTask.FromResult(reply)));
    }

    /// <summary>
    /// Releases every share of a chain, from its last pool to its first. If another job of the first pool is to follow on the same worker,
    /// it is the other way round, so that this job asks each parent before that one gives the room away.
    /// </summary>
    public ValueTask ReleaseAsync(PoolChain? chain, JobId job, LeaseOutcome outcome)
    {
        if (chain is null)
            return default;
        if (outcome.HasTurnLeft && chain.Above is not null)
            return new ValueTask(ReleaseUpwardsAsync(chain, job, outcome));

        // The parents first: while the first pool of the chain counts the job, it admits no other job that would then find the parent full.
        var above = ReleaseAsync(chain.Above, job, outcome);
        var here = ReleaseAsync(chain.Pool, new ReleaseRequest(job, chain.Route, outcome));
        if (above.IsCompletedSuccessfully)
            return here;
        return here.IsCompletedSuccessfully ? above : new ValueTask(Task.WhenAll(above.AsTask(), here.AsTask()));
    }

    private async Task ReleaseUpwardsAsync(PoolChain chain, JobId job, LeaseOutcome outcome)
    {
        var here = ReleaseAsync(chain.Pool, new ReleaseRequest(job, chain.Route, outcome)).AsTask();
        await Task.Yield(); // the next job asks the parent, if that is here too
        await Task.WhenAll(here, ReleaseAsync(chain.Above, job, outcome).AsTask());
    }

    private async Task RepeatAsync(PoolLink link, ReleaseRequest request, ValueTask<ReleaseReply> call)
    {
        Unacknowledged++;
        var start = time.GetTimestamp();
        for (var delay = timings.RetryDelay; !closed; delay = timings.Grow(delay))
        {
            Exception? failure = null;
            try
            {
                if (IsAcknowledged(link, await call))
                    break;
            }
            catch (Exception exception)
            {
                failure = exception; // Whatever the failure is, try again.
            }

            WarnIfLate(link, time.GetElapsedTime(start), failure);
            await Task.Delay(delay, time);
            call = SendAsync(link, request);
        }

        Unacknowledged--;
    }

    private ValueTask<ReleaseReply> SendAsync(PoolLink link, in ReleaseRequest request)
        => link.ReleaseAsync(request with { Seen = NewestEpochOf(link) });

    private bool IsAcknowledged(PoolLink link, ReleaseReply reply) => reply.Epoch >= NewestEpochOf(link);

    private long NewestEpochOf(PoolLink link) => newestEpochOf?.Invoke(link.Pool) ?? 0;

    private void WarnIfLate(PoolLink link, TimeSpan elapsed, Exception? failure)
    {
        if (elapsed <= timings.ReleaseTimeout || !link.LateReleases.IsDue())
            return;
        PoolLog.ReleaseIsLate(log, link.Pool, elapsed.TotalSeconds, Unacknowledged, failure);
    }
}
