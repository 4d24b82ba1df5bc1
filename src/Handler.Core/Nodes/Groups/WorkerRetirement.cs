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
        if (workers.Totals.Workers.Find(each => each is { Ageing: true, Retiring: null } && MayReplace(each)) is { } old)
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
    /// Called when a worker has served long enough, and again until it retires. It retires when its replacement is ready, or immediately if
    /// every job gets a fresh worker, one that has run no job is in stock, or it is idle and need not be replaced.
    /// </summary>
    public void Age(Worker worker, long now)
    {
        if (worker.Retiring is not null)
            return;
        var isNew = !worker.Ageing;
        worker.Ageing = true;
        if (worker.JobsAllowed == 1)
            Recycle(worker, "one job per process");
        else if (workers.Stock is { HasUnused: true })
            Recycle(worker);
        if (isNew)
        {
            starts.StartMissing();
            wakeWatchdogBy(now);
        }

        if (worker is { State: WorkerState.Idle, Retiring: null } && !starts.AreExpected(now))
            Recycle(worker);
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

    /// <summary>Whether a worker of this group that has become ready is the replacement of another one.</summary>
    private bool MayReplace(Worker old) => old.Set == workers || old.Set.Stock == workers;

    private void Recycle(Worker worker, string reason = "recycled")
    {
        worker.Retiring = reason;
        if (worker.State == WorkerState.Idle)
            workers.Dismiss(worker, reason);
    }

    private void MakeIdle(Worker worker)
    {
        workers.MakeIdle(worker);
        wakeWatchdogBy(Math.Min(worker.IdleSince + StopwatchTime.Ticks(options.IdleTimeout), worker.ReplaceAt));
    }
}
