using System.Diagnostics;

namespace Handler.Nodes;

/// <summary>
/// The workers of a node, and the jobs that wait for them. All members require the gate, unless they say otherwise;
/// <see cref="Dispatcher"/> has the rules.
/// </summary>
/// <param name="maxBusy">How many workers may have jobs at the same time.</param>
/// <param name="bytes">How much memory the jobs may use together, in bytes: what tenants share.</param>
internal sealed class WorkerSet(int maxBusy, long bytes)
{
    private readonly List<Worker> all = [];
    private readonly List<Worker> idle = [];

    /// <summary>Guards everything that the dispatcher's objects, its workers and its jobs share.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The jobs that wait.</summary>
    public JobQueue Queue { get; } = new(maxBusy, bytes);

    /// <summary>Counts the workers that stay.</summary>
    public StayingWorkers Staying { get; } = new();

    /// <summary>How many workers have jobs.</summary>
    public int Busy { get; private set; }

    /// <summary>Whether the node refuses jobs and ends its workers.</summary>
    public bool Closing { get; set; }

    /// <summary>Whether no job runs or waits. Also read without the gate, as a hint.</summary>
    public bool IsQuiet => Busy == 0 && Queue.Count == 0;

    /// <summary>All workers, including those that start or end.</summary>
    public IReadOnlyList<Worker> All => all;

    /// <summary>Whether an idle worker may get a job. A spare one may not while as many as allowed are busy.</summary>
    public bool HasIdle => idle.Count > 0 && Busy < maxBusy;

    public void Add(Worker worker) => all.Add(worker);

    /// <summary>Removes a worker that has exited, or could not be started.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(Worker worker)
    {
        if (!all.Remove(worker))
            return false;
        if (worker.State == WorkerState.Busy)
            Busy--;
        idle.Remove(worker);
        return true;
    }

    /// <summary>An idle worker for the next job, if one more may be busy. It counts as busy from here on.</summary>
    public Worker? TakeIdle()
    {
        if (!HasIdle)
            return null;
        var at = idle.Count - 1; // the one used last is the warmest
        while (at >= 0 && idle[at].Inline.IsKept)
            at--;
        if (at < 0)
            at = idle.Count - 1;
        var worker = idle[at];
        idle.RemoveAt(at);
        Busy++;
        return worker;
    }

    /// <summary>Makes a worker that has no job idle.</summary>
    public void MakeIdle(Worker worker)
    {
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

    private void LeaveBusy(Worker worker)
    {
        if (worker.State == WorkerState.Busy)
            Busy--;
        worker.State = WorkerState.Idle;
    }
}
