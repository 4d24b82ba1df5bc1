using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>Gives jobs to workers. All members require the gate; the requests are sent after it is left.</summary>
internal sealed class Assignment(
    WorkerSet workers, WorkerRetirement retirement, SendAhead sendAhead, GroupTurns? turns, Action<long> wakeWatchdogBy)
{
    /// <summary>Gives a job to an idle worker.</summary>
    /// <returns>The worker; <see langword="null"/> if there is none.</returns>
    public Worker? TryAssign(Job job)
    {
        if (workers.TakeIdle() is not { } worker)
            return null;
        workers.Queue.Passes(job);
        Assign(worker, job);
        return worker;
    }

    /// <summary>Gives waiting jobs to idle workers.</summary>
    /// <returns>The requests to send.</returns>
    public List<(IWorkerProcess Process, Job Job)>? AssignWaiting()
    {
        List<(IWorkerProcess, Job)>? sends = null;
        while (AssignFirst() is { } send)
            (sends ??= []).Add(send);
        return sends;
    }

    /// <summary>Gives the first waiting job to an idle worker, if there are both.</summary>
    /// <returns>The request to send.</returns>
    public (IWorkerProcess Process, Job Job)? AssignFirst()
    {
        if (workers.Queue.Count == 0 || workers.TakeIdle() is not { } worker)
            return null;
        var job = workers.Queue.TakeFirst();
        Assign(worker, job);
        return (worker.Process!, job);
    }

    /// <summary>Gives waiting jobs to a worker that has responded.</summary>
    /// <param name="worker">A busy worker that does not retire.</param>
    /// <param name="buffer">Receives the requests that may share one write.</param>
    /// <param name="length">How many bytes were written to it.</param>
    /// <returns>A job that is to be sent separately.</returns>
    public Job? Fill(Worker worker, Span<byte> buffer, out int length)
    {
        length = 0;
        while (NextFor(worker) is { } job && sendAhead.Fits(worker, job))
        {
            if (worker.JobCount == 0)
                workers.Queue.TakeFirst();
            else
                workers.Queue.Remove(job);
            Assign(worker, job);
            if (worker.IsExclusive)
                return job;
            job.SentAfter = worker.Process!.SentBytes;
            length += RequestFrame.Write(job, buffer[length..]);
        }

        return null;
    }

    /// <summary>
    /// A worker without jobs serves any tenant, unless it is the turn of another group. A worker with jobs gets more jobs of the same
    /// tenant. If other tenants wait, it gets a limited number of them, and then finishes.
    /// </summary>
    private Job? NextFor(Worker worker)
    {
        if (workers.Queue.Count == 0)
            return null;
        if (worker.JobCount == 0)
            return turns is not null && turns.GivesWay(worker, Stopwatch.GetTimestamp()) ? null : workers.Queue.First;
        var mayKeep = !workers.HasIdle && worker.JobsInTurn < Tuning.SendAhead.MaxJobsInTurn;
        return turns is null || turns.Shares.MayContinue(worker, mayKeep) ? workers.Queue.NextOf(worker, mayKeep) : null;
    }

    private void Assign(Worker worker, Job job)
    {
        var now = Stopwatch.GetTimestamp();
        if (worker.State == WorkerState.Idle)
            turns?.BeginTurn(worker, now);
        worker.ExpectNext(IsNextSoon(worker, now));
        worker.Assign(job, now);
        wakeWatchdogBy(job.FirstCheck(now));
        if (worker.JobsTaken >= worker.JobsAllowed)
            retirement.Age(worker, now);
    }

    /// <summary>
    /// Whether the next job will probably follow immediately. Both sides then stay awake for it, as long as there are two processors for
    /// each busy worker.
    /// </summary>
    private bool IsNextSoon(Worker worker, long now)
        => workers.Queue.Count == 0
            && worker.JobCount == 0
            && now - worker.IdleSince < Tuning.SendAhead.NextJobIsSoon
            && workers.Totals.Busy * 2 <= Environment.ProcessorCount;
}
