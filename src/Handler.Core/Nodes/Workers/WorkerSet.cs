using System.Diagnostics;

namespace Handler.Nodes;

/// <summary>
/// Workers that run the same jobs, and the jobs that wait for them. All members require the gate; <see cref="Dispatcher"/> has the rules.
/// </summary>
internal class WorkerSet
{
    private readonly NodeTotals totals;
    private readonly List<Worker> all = [];
    private readonly List<Worker> idle = [];
    private int starting;

    /// <param name="totals">Counts the workers of all groups.</param>
    /// <param name="bytes">How much memory the jobs may use together, in bytes: what tenants share.</param>
    /// <param name="shares">How tenants share the node; <see langword="null"/> if all of its workers are in this set.</param>
    public WorkerSet(NodeTotals totals, long bytes, NodeShares? shares = null)
    {
        this.totals = totals;
        Queue = new JobQueue(totals, bytes, this, shares);
        Staying = new StayingWorkers(totals);
    }

    /// <summary>Distinguishes this set from others. No pool has such a name.</summary>
    public string Key { get; protected init; } = "";

    /// <summary>Idle workers that have run no job, and that this set may take; <see langword="null"/> if there are none such.</summary>
    public WorkerSet? Stock { get; protected init; }

    /// <summary>Counts the workers of all groups.</summary>
    public NodeTotals Totals => totals;

    /// <summary>The jobs that wait.</summary>
    public JobQueue Queue { get; }

    /// <summary>Counts the workers that stay.</summary>
    public StayingWorkers Staying { get; }

    /// <summary>How many workers have jobs.</summary>
    public int Busy { get; private set; }

    /// <summary>How many workers have no job.</summary>
    public int Idle => idle.Count;

    /// <summary>
    /// How many workers have no job or are starting, and how many in stock have no job. Other sets may take one that starts for the stock.
    /// </summary>
    public int Ready => idle.Count + starting + (Stock?.Idle ?? 0);

    /// <summary>Whether a worker is starting.</summary>
    public bool HasStarting => starting > 0;

    /// <summary>All workers, including those that start or end.</summary>
    public IReadOnlyList<Worker> All => all;

    /// <summary>Whether a worker has no job, whether or not one more may have one.</summary>
    public bool HasUnused => idle.Count > 0 || Stock is { idle.Count: > 0 };

    /// <summary>Whether an idle worker may get a job. A spare one may not while as many as allowed are busy.</summary>
    public bool HasIdle => totals.Busy < totals.MaxBusy && HasUnused;

    public void Add(Worker worker)
    {
        all.Add(worker);
        totals.Workers.Add(worker);
        starting++;
    }

    /// <summary>Removes a worker that has exited, or could not be started.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(Worker worker)
    {
        if (!all.Remove(worker))
            return false;
        totals.Workers.Remove(worker);
        if (worker.State == WorkerState.Busy)
            CountBusy(-1);
        else if (worker.State == WorkerState.Starting)
            starting--;
        idle.Remove(worker);
        return true;
    }

    /// <summary>An idle worker for the next job, if one more may be busy. It counts as busy from here on.</summary>
    public Worker? TakeIdle()
    {
        if (!HasIdle)
            return null;
        if (idle.Count == 0)
            TakeFromStock();
        var at = idle.Count - 1; // the one used last is the warmest
        while (at >= 0 && idle[at].Inline.IsKept)
            at--;
        if (at < 0)
            at = idle.Count - 1;
        var worker = idle[at];
        idle.RemoveAt(at);
        CountBusy(1);
        return worker;
    }

    /// <summary>Makes a worker that has no job idle.</summary>
    public void MakeIdle(Worker worker)
    {
        if (worker.State == WorkerState.Starting)
            starting--;
        LeaveBusy(worker);
        worker.IdleSince = Stopwatch.GetTimestamp();
        idle.Add(worker);
    }

    /// <summary>Ends a worker that has no job and gets no more.</summary>
    public void Dismiss(Worker worker, string reason)
    {
        if (worker.State == WorkerState.Idle)
            idle.Remove(worker);
        LeaveBusy(worker);
        worker.Dismiss(reason);
    }

    /// <summary>Empties the queue. The outcomes of these jobs must be decided by the calling code.</summary>
    public List<Job> TakeQueue()
    {
        var taken = new List<Job>();
        while (Queue.Count > 0)
            taken.Add(Queue.TakeFirst());
        taken.ForEach(static job => job.Decided = true);
        return taken;
    }

    private void TakeFromStock()
    {
        var worker = Stock!.idle[^1];
        Stock.idle.Remove(worker);
        Stock.all.Remove(worker);
        all.Add(worker);
        idle.Add(worker);
        worker.MoveTo(this);
    }

    private void LeaveBusy(Worker worker)
    {
        if (worker.State == WorkerState.Busy)
            CountBusy(-1);
        worker.State = WorkerState.Idle;
    }

    private void CountBusy(int change)
    {
        Busy += change;
        totals.Busy += change;
    }
}
