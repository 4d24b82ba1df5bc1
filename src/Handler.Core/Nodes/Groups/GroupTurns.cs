using Handler.Infrastructure;

namespace Handler.Nodes;

/// <summary>
/// Decides between the groups of workers of a node: whose job runs next if several have jobs waiting, and which group may have another
/// worker process. A worker that is started for a waiting job already counts as used, so that no tenant gets more workers than its share.
/// All members require the gate.
/// </summary>
/// <param name="totals">The counts of the node.</param>
/// <param name="shares">How the tenants share the node.</param>
/// <param name="maxWorkers">How many worker processes there may be, including spare ones.</param>
/// <param name="wakeWatchdogBy">Ensures that the watchdog's next check comes no later than a given time, in Stopwatch ticks.</param>
internal sealed class GroupTurns(NodeTotals totals, NodeShares shares, int maxWorkers, Action<long> wakeWatchdogBy)
{
    private const string MadeRoom = "it made room for another profile or pool";

    /// <summary>How the tenants share the node.</summary>
    public NodeShares Shares => shares;

    /// <summary>The group that gets the next free worker, among those that have one idle.</summary>
    public WorkerGroup? NextWithIdle() => First is { HasUnused: false } ? Best(static group => group.HasUnused) : First;

    /// <summary>The group whose turn it is, if it needs another worker.</summary>
    public WorkerGroup? NextInNeed(long now) => Next(now) is { } next && IsInNeed(next) ? next : null;

    /// <summary>
    /// Whether a group may start another worker. If there are as many as allowed, an idle worker that another group needs less ends.
    /// </summary>
    public bool MakesRoomFor(WorkerGroup group, long now)
    {
        if (totals.Staying < maxWorkers)
            return true;
        if (!IsInNeed(group) || Next(now) != group || IdleToEnd(group, now) is not { } idle)
            return false;
        if (MayGetNextJob(idle, now))
            return false;
        idle.Set.Dismiss(idle, MadeRoom);
        return true;
    }

    /// <summary>Ends the idle workers of a group that are not wanted, as long as there are more than allowed.</summary>
    public void EndSurplus(WorkerGroup group)
    {
        while (totals.Staying > maxWorkers
            && group.Starts.HasTooMany
            && group.All.FirstOrDefault(static worker => worker is { State: WorkerState.Idle, IsStaying: true }) is { } idle)
        {
            group.Dismiss(idle, "it has shown that a worker of its profile can start");
        }
    }

    /// <summary>Whether a worker that has no job left leaves its place to another group, although jobs of its own group wait.</summary>
    public bool GivesWay(Worker worker, long now)
    {
        if (Next(now) is not { } next || next == worker.Set)
            return false;
        if (next.HasUnused)
            return true; // it waits only for this place
        if (!IsInNeed(next) || next.Starts.TryStartOne() || !HasServed(worker, now))
            return false;
        worker.Retiring ??= MadeRoom;
        return true;
    }

    /// <summary>
    /// Begins the turn of a worker that gets its first job, or its next one after others were served. It has none while there is room for
    /// more workers, because then it costs others nothing.
    /// </summary>
    public void BeginTurn(Worker worker, long now)
    {
        if (worker.JobsTaken == 0 || now - worker.IdleSince >= Tuning.Workers.ShortestIdle)
            worker.TurnSince = totals.Staying < maxWorkers ? null : now;
    }

    /// <summary>
    /// Whether a worker has its turn left: the next job of the same pool should follow on it, although it may be the turn of others.
    /// </summary>
    public static bool HasTurnLeft(Worker worker, long now)
        => worker is { TurnSince: { } since, Retiring: null, Kill: null } && now - since < TurnOf(worker);

    /// <summary>Counts a new worker as used by the job for which it is started, if there is one.</summary>
    public void Charge(Worker worker, WorkerGroup group)
    {
        if (!IsInNeed(group))
            return;
        var job = group.Queue.First!;
        worker.StartedFor = (group, job.Tenant!.Path, job.Limits.MaxHeapBytes);
        shares.Use(group, job.Tenant.Path, 1, job.Limits.MaxHeapBytes);
    }

    /// <summary>Called when a worker is ready, or will not be.</summary>
    public void Discharge(Worker worker)
    {
        if (worker.StartedFor is not { } job)
            return;
        worker.StartedFor = null;
        shares.Use(job.Set, job.Path, -1, -job.Bytes);
    }

    private WorkerGroup? First => (WorkerGroup?)shares.First;

    /// <summary>Whether more jobs of a group wait than it has workers for, and another worker could run one.</summary>
    private bool IsInNeed(WorkerGroup group)
        => group.Queue.Count > group.Ready && group.Busy + group.Ready < totals.MaxBusy;

    /// <summary>The group whose turn it is. A group whose workers do not start does not keep others from theirs.</summary>
    private WorkerGroup? Next(long now)
        => First is { } first && !CanServe(first, now) ? Best(group => CanServe(group, now)) : First;

    /// <summary>
    /// Whether a worker has been idle so briefly that its caller may still be about to submit its next job. If so, the watchdog looks again
    /// when that is no longer likely.
    /// </summary>
    private bool MayGetNextJob(Worker idle, long now)
    {
        var until = idle.IdleSince + Tuning.Workers.ShortestIdle;
        if (idle.JobsTaken == 0 || now >= until)
            return false;
        wakeWatchdogBy(until);
        return true;
    }

    /// <summary>Whether a worker has served its own group for long enough to be replaced although jobs of that group wait.</summary>
    private static bool HasServed(Worker worker, long now)
        => now - Math.Max(worker.BusySince, worker.ReadyAt) >= TurnOf(worker);

    /// <summary>How long the turn of a worker is, in ns.</summary>
    private static long TurnOf(Worker worker)
        => Math.Max(Tuning.Workers.ShortestTurn, Tuning.Workers.TurnOverStart * (worker.ReadyAt - worker.StartedAt));

    private static bool CanServe(WorkerGroup group, long now) => group.HasUnused || group.Starts.AreAllowed(now);

    /// <summary>The waiting group with a condition that comes first. Takes time for each waiting group.</summary>
    private WorkerGroup? Best(Func<WorkerGroup, bool> condition)
    {
        WorkerGroup? best = null;
        foreach (var group in shares.Waiting.Cast<WorkerGroup>())
        {
            if (condition(group) && (best is null || shares.IsBefore(group, best)))
                best = group;
        }

        return best;
    }

    /// <summary>
    /// The idle worker that is missed least: one for which no job waits, idle for the longest time; otherwise one of a group that already
    /// has at least as much as this group would have with one more.
    /// </summary>
    private Worker? IdleToEnd(WorkerGroup group, long now)
    {
        Worker? found = null;
        foreach (var worker in totals.Workers)
        {
            if (worker is not { State: WorkerState.Idle, IsStaying: true } || worker.Set == group || worker.Set == group.Stock)
                continue;
            if (worker.Set.Queue.Count > 0)
            {
                if (found is null && HasServed(worker, now) && shares.StaysBefore(group, worker.Set))
                    found = worker;
            }
            else if (found is null || found.Set.Queue.Count > 0 || worker.IdleSince < found.IdleSince)
            {
                found = worker;
            }
        }

        return found;
    }
}
