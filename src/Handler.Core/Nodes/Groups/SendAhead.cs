using Handler.Infrastructure;

namespace Handler.Nodes;

/// <summary>
/// Decides which jobs a worker gets in one write, which jobs wait for a busy worker instead of waking an idle one, and which are taken
/// back. All members require the gate.
/// </summary>
/// <param name="maxJobs">How many jobs a worker may have.</param>
/// <param name="queue">The jobs that wait.</param>
internal sealed class SendAhead(int maxJobs, JobQueue queue)
{
    private int quickWorkers;
    private int gatheringWorkers;

    /// <summary>
    /// Whether a busy worker will take one more job sooner than an idle one would wake up, which takes about 50 µs. If it turns out to be
    /// slower than before, the watchdog's next tick gives the waiting jobs to idle workers.
    /// </summary>
    public bool IsWaitingFaster => queue.Count < (quickWorkers + gatheringWorkers) * maxJobs;

    /// <summary>Whether a job may be sent to a worker together with the jobs that it has, which are of the same tenant.</summary>
    public bool Fits(Worker worker, Job job)
    {
        if (worker.JobCount == 0)
            return true;
        return !worker.IsExclusive
            && worker.JobCount < maxJobs
            && job.Shares
            && worker.BytesSent + RequestFrame.LengthOf(job) <= Tuning.SendAhead.MaxBytesTogether;
    }

    /// <summary>Records whether a worker responds so quickly that waiting for it is faster than waking another worker.</summary>
    public void SetQuick(Worker worker, bool value)
    {
        if (worker.Quick != value)
        {
            worker.Quick = value;
            quickWorkers += value ? 1 : -1;
        }
    }

    /// <summary>Records whether a worker without a job waits a moment for the callers' next jobs, so that they are sent together.</summary>
    public void SetGathering(Worker worker, bool value)
    {
        if (worker.Gathering != value)
        {
            worker.Gathering = value;
            gatheringWorkers += value ? 1 : -1;
        }
    }

    /// <summary>Called when a worker gets no more jobs.</summary>
    public void Forget(Worker worker)
    {
        SetQuick(worker, false);
        SetGathering(worker, false);
    }

    /// <summary>Returns all jobs that a worker has not started to the front of the queue, in order.</summary>
    public void TakeBackAll(Worker worker) => TakeBack(worker.Jobs());

    /// <summary>The same, except for the first job.</summary>
    public void TakeBackBehindFirst(Worker worker) => TakeBack(worker.Jobs().Skip(1));

    private void TakeBack(IEnumerable<Job> jobs)
    {
        foreach (var job in jobs.Reverse().ToArray())
        {
            if (job.Worker!.TryRevoke(job))
                queue.AddFirst(job);
        }
    }
}
