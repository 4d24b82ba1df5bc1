using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// What the thread of a worker calls when the worker has responded: takes the responses, and gives the worker its next jobs. All members
/// take the gate.
/// </summary>
internal sealed class WorkerResponses(WorkerGroups groups, Action<long> wakeWatchdogBy)
{
    private readonly Lock gate = groups.Totals.Gate;

    /// <summary>Takes a worker's response for a job: its outcome is now decided.</summary>
    /// <returns>The job, or <see langword="null"/> if this node has decided its outcome in the meantime.</returns>
    /// <exception cref="FrameException">The worker has no such job, or it is not that job's turn.</exception>
    public Job? Take(Worker worker, int slot, long attempt, long ran, long now)
    {
        lock (gate)
        {
            if (worker.Find(slot, attempt) is not { } job)
                throw new FrameException($"A response names attempt {attempt} in slot {slot}, which this worker does not have.");
            if (worker.Kill is not null && worker.KilledAttempt == attempt)
                return null;
            if (worker.First != job || worker.IsOffered(job))
                throw new FrameException($"A response names attempt {attempt}, which this worker cannot have run yet.");
            ran = Math.Clamp(ran, 0, now - job.SentAt);
            worker.RemoveEnded(job, now);
            worker.LongestRun = Math.Max(worker.LongestRun, ran);
            job.RunTimes.Note(ran);
            job.HasTurnLeft = GroupTurns.HasTurnLeft(worker, now);
            job.Decided = true;
            return job;
        }
    }

    /// <summary>Finds the job that a response names, if the worker has it.</summary>
    public Job? Find(Worker worker, int slot, long attempt)
    {
        lock (gate)
            return worker.Find(slot, attempt);
    }

    /// <summary>
    /// Decides whether a worker that has responded waits a moment for the callers' next jobs. It does if it has no job left, fewer jobs
    /// wait than it has responded to, and there is more than one caller to wait for. Until it is refilled, new jobs wait for it.
    /// </summary>
    public bool StartGathering(Worker worker, int responses)
    {
        lock (gate)
        {
            if (worker is not { JobCount: 0, State: WorkerState.Busy, Retiring: null }
                || worker.Set.Queue.Count >= responses
                || (responses == 1 && worker.Set.Busy == 1))
            {
                return false;
            }

            WorkerGroup.Of(worker).SendAhead.SetGathering(worker, true);
            return true;
        }
    }

    /// <summary>Gives waiting jobs to a worker that has responded. A worker that has no job left becomes idle.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="buffer">Receives the requests that may share one write.</param>
    public Refill Refill(Worker worker, Span<byte> buffer)
    {
        Job? alone = null;
        var length = 0;
        bool wasEmpty;
        List<(IWorkerProcess, Job)>? others = null;
        var group = WorkerGroup.Of(worker);
        lock (gate)
        {
            group.SendAhead.SetGathering(worker, false);
            wasEmpty = worker.JobCount == 0;
            if (worker.State != WorkerState.Busy)
                return new Refill(0, null, wasEmpty, null);
            if (worker.Retiring is null)
                alone = group.Assignment.Fill(worker, buffer, out length);
            if (worker.JobCount == 0)
            {
                group.Retirement.NoJobLeft(worker);
                others = groups.PlaceIsFree();
            }
            else
            {
                Continue(worker, isShared: alone is null);
            }
        }

        return new Refill(length, alone, wasEmpty, others);
    }

    private void Continue(Worker worker, bool isShared)
    {
        WorkerGroup.Of(worker).SendAhead.SetQuick(worker, worker.LongestRun < Tuning.SendAhead.QuickRun && isShared);
        worker.LongestRun = 0;
        if (worker.JobCount > 1)
            wakeWatchdogBy(Stopwatch.GetTimestamp() + Tuning.SendAhead.CheckInterval);
    }
}
