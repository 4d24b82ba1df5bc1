using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>Lets requests wait for room in the pool, and rejects those that an ancestor could never admit.</summary>
internal sealed class WaitingRoom(
    PoolState state, PoolLifecycle lifecycle, PoolParents parents, PoolReleases releases, BackgroundWork background, PoolPorts ports)
{
    /// <summary>Waits in the queue. Returns the reject, or <see langword="null"/> when the share is held.</summary>
    public async ValueTask<JobRejected?> WaitAsync(PendingAcquire pending, HoldResult missing)
    {
        var request = pending.Request;
        if (state.CheckWaiting(request, missing) is { } refusal)
            return refusal;

        pending.Turn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        state.Enqueue(pending);
        background.Run("the check of a waiting job", RejectIfInfeasibleAsync(request.From, request.Bytes));
        bool held;
        var wait = pending.Moves == 0 ? request.Wait : pending.WaitLeft(ports.Time);
        using (ports.Time.CreateTimer(EndWaiting, pending.Turn, wait, Timeout.InfiniteTimeSpan))
            held = await pending.Turn.Task;
        if (!held && pending.Place is not null)
        {
            state.LeaveQueue(pending);
            releases.GiveRoom();
        }

        lifecycle.ThrowIfGoing();
        if (held && !pending.Withdrawn)
            return null;
        if (pending.InfeasibleReject is { } infeasible)
            return infeasible;
        if (state.IsRemoved)
            return Rejects.NoSuchPool(state.Name);
        if (pending.Withdrawn)
            return Rejects.Timeout(state.Name, request.Budget);

        // The time is up. What is missing now is the reason. If room was freed at this moment, take it.
        var now = state.TryHold(request, ports.Time.GetTimestamp(), isNew: false);
        return now == HoldResult.Held ? null : state.RejectFor(now == HoldResult.Present ? missing : now, request);
    }

    /// <summary>
    /// Rejects waiters that an ancestor could never admit, instead of letting them wait for room here first. Call after limits or parents
    /// may have changed.
    /// </summary>
    public async Task RejectInfeasibleAsync()
    {
        // The biggest first: if a job of that size could be admitted, smaller ones could too. A job from a pool below may be guaranteed
        // more than one of this pool's own callers, never less.
        var waiters = state.Queue.Where(static _ => true).Select(static waiter => waiter.Request).ToList();
        foreach (var size in waiters.GroupBy(static request => request.Bytes).OrderByDescending(static size => size.Key))
        {
            if (!await RejectIfInfeasibleAsync(null, size.Key))
                return;
            foreach (var from in size.Select(static request => request.From).Where(static from => from is not null).Distinct())
                await RejectIfInfeasibleAsync(from, size.Key);
        }
    }

    private async Task<bool> RejectIfInfeasibleAsync(PoolPath? from, long bytes)
    {
        if (await parents.CheckFeasibilityAsync(from, bytes, 0) is not { } reject)
            return false;
        state.Dismiss(waiter => waiter.Request.Bytes == bytes && PoolPath.IsSame(waiter.Request.From, from), reject);
        releases.GiveRoom();
        return true;
    }

    private static void EndWaiting(object? turn) => ((TaskCompletionSource<bool>)turn!).TrySetResult(false);
}
