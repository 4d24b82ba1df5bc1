using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Takes shares and requests out of a pool: a job has ended, a request is withdrawn, or a job is lost. The parents' shares of a job that
/// will not run are released too, and the room goes to waiting jobs.
/// </summary>
internal sealed class PoolReleases(
    PoolState state,
    PendingAcquires pending,
    ReleaseOutbox outbox,
    BackgroundWork background,
    TimeProvider time)
{
    /// <summary>Releases a share, or withdraws a request.</summary>
    public void Release(in ReleaseRequest request)
    {
        if (state.TryRelease(request.Job, request.Route, request.Outcome, out var freed))
        {
            if (request.Outcome == LeaseOutcome.Withdrawn)
                ReleaseAbove(freed.Above, request.Job);
            GiveRoom(freed);
        }

        if (request.Outcome == LeaseOutcome.Withdrawn)
            Withdraw(request.Job, request.Route);
    }

    /// <summary>
    /// Withdraws a request: it leaves the queue immediately, and what the parent may have granted is released. If the request arrives only
    /// now, because the withdrawal overtook it, or arrives again, it is refused.
    /// </summary>
    public void Withdraw(JobId job, ulong route)
    {
        state.Withdraw(job, route);
        if (!pending.TryGet(job, route, out var request))
            return;
        request.Withdrawn = true;
        if (request.Parent is not null)
            WithdrawFromParent(request);
        if (request.Place is not null)
        {
            state.LeaveQueue(request);
            GiveRoom();
        }

        request.Turn?.TrySetResult(false);
    }

    /// <summary>Withdraws every pending request that meets the condition.</summary>
    public void WithdrawAll(Func<PendingAcquire, bool> condition)
    {
        foreach (var request in pending.Where(condition))
            Withdraw(request.Request.Job, request.Request.Route);
    }

    /// <summary>Releases the share of a job that its node does not know, or whose node is dead.</summary>
    public void Drop(in ShareRequest share)
    {
        if (!state.TryRelease(share.Job, share.Route, new LeaseOutcome(JobOutcomeKind.Lost), out _))
            return;
        Withdraw(share.Job, share.Route);
        GiveRoom();
    }

    /// <summary>Releases a share that was held while the parents were asked.</summary>
    public void RollBack(in AcquireRequest request)
    {
        if (state.TryRollBack(request))
            GiveRoom();
    }

    /// <inheritdoc cref="ReleaseAboveAsync"/>
    public void ReleaseAbove(PoolChain? above, JobId job)
    {
        if (above is not null)
            background.Run("the release of the parents' shares", () => ReleaseAboveAsync(above, job));
    }

    /// <summary>Releases what the parents have granted for a job that will not run.</summary>
    public Task ReleaseAboveAsync(PoolChain? above, JobId job)
    {
        return outbox.ReleaseAsync(above, job, LeaseOutcome.Withdrawn).AsTask();
    }

    /// <summary>Withdraws a request from the parent that was asked last.</summary>
    public void WithdrawFromParent(PendingAcquire asking)
    {
        var (parent, request) = (asking.Parent!, new ReleaseRequest(asking.Request.Job, asking.ParentRoute, LeaseOutcome.Withdrawn));
        background.Run("the withdrawal of a request", () => outbox.ReleaseAsync(parent, request).AsTask());
    }

    /// <inheritdoc cref="PoolState.GiveRoom(long, in ReleasedShare)"/>
    public void GiveRoom(in ReleasedShare freed = default)
    {
        if (state.HasWaiting)
            state.GiveRoom(time.GetTimestamp(), freed);
    }
}
