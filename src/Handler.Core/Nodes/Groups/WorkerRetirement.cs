using Handler.Infrastructure;

namespace Handler.Nodes;

/// <summary>Decides whether a worker without a job stays, and when it is replaced. All members require the gate.</summary>
internal sealed class WorkerRetirement(
    WorkerSet workers, WorkerStarts starts, SendAhead sendAhead, RecyclingOptions options, Action<long> wakeWatchdogBy)
{
    /// <summary>Called when a worker has become ready: it waits for a job, and an ageing worker that it replaces retires.</summary>
    public void Ready(Worker worker)
    {
        MakeIdle(worker);
        if (workers.All.FirstOrDefault(static each => each.Ageing && each.Retiring is null) is { } old)
            Recycle(old);
    }

    /// <summary>Called when a busy worker has no job left.</summary>
    public void NoJobLeft(Worker worker)
    {
        sendAhead.SetQuick(worker, false);
        if (worker.Retiring is { } reason)
            workers.Dismiss(worker, reason);
        else
            MakeIdle(worker);
    }

    /// <summary>Called when a worker asks to be replaced. Jobs that it has not started return to the queue.</summary>
    public void Retire(Worker worker, string reason)
    {
        worker.Retiring ??= reason;
        sendAhead.TakeBackAll(worker);
        if (worker.JobCount == 0)
            workers.Dismiss(worker, reason);
        starts.StartMissing();
    }

    /// <summary>
    /// Called when a worker has served long enough. It retires when its replacement is ready, or immediately if every job gets a fresh
    /// worker or one that has run no job is in stock.
    /// </summary>
    public void Age(Worker worker, long now)
    {
        if (worker.Ageing)
            return;
        worker.Ageing = true;
        if (worker.JobsAllowed == 1)
            worker.Retiring = "one job per process";
        else if (workers.Stock is { HasUnused: true })
            Recycle(worker);
        starts.StartMissing();
        wakeWatchdogBy(now);
    }

    /// <summary>Ends a worker that has been idle for long, unless it is wanted.</summary>
    /// <returns>Whether it ends.</returns>
    public bool TryEndIdle(Worker worker)
    {
        if (!starts.HasTooMany || worker.Ageing)
            return false;
        workers.Dismiss(worker, "idle");
        return true;
    }

    private void Recycle(Worker worker)
    {
        worker.Retiring = "recycled";
        if (worker.State == WorkerState.Idle)
            workers.Dismiss(worker, "recycled");
    }

    private void MakeIdle(Worker worker)
    {
        workers.MakeIdle(worker);
        wakeWatchdogBy(Math.Min(worker.IdleSince + StopwatchTime.Ticks(options.IdleTimeout), worker.ReplaceAt));
    }
}
