using Handler.FairShare;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// Checks after every step which jobs wait for room in a pool. Keeps its own record of their order: which came first, and which gets a
/// share before which.
/// </summary>
internal sealed class QueueWatch(Monitor monitor, string name)
{
    private List<Waiter> queue = [];
    private readonly HashSet<JobId> served = [];
    private readonly FairnessWatch fairness = new(monitor, name);
    private readonly GuaranteeWatch guarantees = new(monitor, name);
    private PoolActor? pool;

    public void Look(PoolActor pool)
    {
        if (pool != this.pool)
            Begin(pool);
        if (pool.HasRequestAtFormerParent())
            monitor.Violate($"{name} has a request at a parent that it no longer has");
        guarantees.Look(pool);
        var asked = monitor.TakeAsked(pool.Name);
        if (queue.Count == 0 && pool.Queue.Count == 0)
            return;

        fairness.Served(monitor.TakeRefused(pool.Name)); // they may have had a share within one step
        if (queue.Count > 0)
            CheckTurns(pool.State.Ledger, asked);
        var waiting = pool.Queue.Where(static _ => true);
        var newcomers = waiting.Except(queue).ToList();
        foreach (var newcomer in newcomers)
        {
            var child = waiting.Count(waiter => waiter.Request.From?.Pool == newcomer.Request.From?.Pool);
            if (child > pool.Configuration.MaxWaiting)
                monitor.Violate($"{child} jobs of one child wait in {name}, which lets {pool.Configuration.MaxWaiting} wait");
        }

        if (newcomers.Find(waiter => !pool.State.Ledger.Limits.EverFits(waiter.Request.Bytes)) is { } infeasible)
            monitor.Violate($"{infeasible.Request.Job} waits in {name}, where it is infeasible");
        if (pool.State.KeepsRoomFromWaiter())
            monitor.Violate($"{name} has room for a job that waits");

        queue.RemoveAll(waiter => waiter.Place is null);
        queue = [.. queue.Concat(newcomers).OrderBy(static waiter => waiter.Since)]; // one that has returned its share waits ahead
        fairness.EndStep(pool.State.Ledger, queue);
        this.served.Clear();
        this.served.UnionWith(pool.State.Ledger.All().Select(share => share.Request.Job));
    }

    private void Begin(PoolActor pool)
    {
        this.pool = pool;
        queue.Clear();
        fairness.EndStep(null, []);
    }

    private void CheckTurns(IReadOnlyPoolLedger ledger, IReadOnlyList<PoolPath?> asked)
    {
        List<ShareRequest> now =
        [
            .. ledger.All()
                .Select(static share => share.Request)
                .Where(share => !served.Contains(share.Job))
                .OrderByDescending(share => monitor.PriorityOf(share.Job))
                .ThenBy(PlaceOf),
        ];
        now.ForEach(CheckTurn);
        fairness.CheckTurns(ledger, now, [.. Heads()], asked);
    }

    /// <summary>Where a job waited; a job that did not wait comes after all others.</summary>
    private int PlaceOf(ShareRequest share)
        => queue.FindIndex(waiter => waiter.Request.Job == share.Job && waiter.Request.Route == share.Route) is >= 0 and var place
            ? place
            : int.MaxValue;

    /// <summary>The first job of each child, of those that waited before this step and still wait.</summary>
    private IEnumerable<Waiter> Heads()
        => queue
            .Where(static waiter => waiter.Place is not null)
            .GroupBy(static waiter => waiter.Leaf)
            .Select(static child => child.OrderByDescending(static waiter => waiter.Request.Priority).First());

    /// <summary>
    /// A job that got a share in this step must not have been behind a job of the same child that waited before the step and still waits.
    /// </summary>
    private void CheckTurn(ShareRequest served)
    {
        var priority = monitor.PriorityOf(served.Job);
        var place = PlaceOf(served);
        var passed = queue.FindIndex(waiter =>
            waiter.Place is not null
            && waiter.Request.Job != served.Job
            && PoolPath.IsSame(waiter.Request.From, served.From)
            && (waiter.Request.Priority > priority || (waiter.Request.Priority == priority && queue.IndexOf(waiter) < place)));
        if (passed >= 0)
            monitor.Violate($"{served.Job} got a share in {name} before {queue[passed].Request.Job}, which waited ahead of it");
    }
}
