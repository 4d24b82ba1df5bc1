using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// Checks after every step which jobs wait for room in a pool. Keeps its own record of their order: which came first, and which gets a
/// share before which.
/// </summary>
internal sealed class QueueWatch(Monitor monitor, string name)
{
    private readonly List<Waiter> queue = [];
    private readonly HashSet<JobId> served = [];
    private PoolActor? pool;

    public void Look(PoolActor pool)
    {
        if (pool != this.pool)
            Begin(pool);
        if (pool.HasRequestAtFormerParent())
            monitor.Violate($"{name} has a request at a parent that it no longer has");
        if (queue.Count == 0 && pool.Queue.Count == 0)
            return;

        foreach (var share in pool.State.Ledger.All().Where(share => queue.Count > 0 && !this.served.Contains(share.Request.Job)))
            CheckTurn(share.Request);
        var waiting = pool.Queue.Where(static _ => true);
        var newcomers = waiting.Except(queue).ToList();
        if (newcomers.Count > 0 && waiting.Count > pool.Configuration.MaxWaiting)
            monitor.Violate($"{waiting.Count} wait in {name}, which lets {pool.Configuration.MaxWaiting} wait");
        if (newcomers.Find(waiter => !pool.State.Ledger.Limits.EverFits(waiter.Request.Bytes)) is { } infeasible)
            monitor.Violate($"{infeasible.Request.Job} waits in {name}, where it is infeasible");
        if (pool.State.KeepsRoomFromWaiter())
            monitor.Violate($"{name} has room for somebody who waits");

        queue.RemoveAll(waiter => waiter.Place is null);
        queue.AddRange(newcomers);
        this.served.Clear();
        this.served.UnionWith(pool.State.Ledger.All().Select(share => share.Request.Job));
    }

    private void Begin(PoolActor pool)
    {
        this.pool = pool;
        queue.Clear();
    }

    /// <summary>A job that got a share in this step must not have been behind a job that waited before the step and still waits.</summary>
    private void CheckTurn(ShareRequest served)
    {
        var priority = monitor.PriorityOf(served.Job);
        var place = queue.FindIndex(waiter => waiter.Request.Job == served.Job && waiter.Request.Route == served.Route);
        var passed = queue.FindIndex(waiter =>
            waiter.Place is not null
            && waiter.Request.Job != served.Job
            && (waiter.Request.Priority > priority || (waiter.Request.Priority == priority && (place < 0 || queue.IndexOf(waiter) < place)))
        );
        if (passed >= 0)
            monitor.Violate($"{served.Job} got a share in {name} before {queue[passed].Request.Job}, which waited ahead of it");
    }
}
