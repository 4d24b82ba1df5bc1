using System.Diagnostics;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>Takes the answers of workers, and gives them their next jobs.</summary>
internal sealed partial class Dispatcher
{
    private int quick;
    private int gathering;
    private long lendFrom;

    /// <summary>The number of waiting jobs. Read without the gate, so it is only a hint.</summary>
    public int QueuedJobs => queue.Count;

    /// <summary>Takes a worker's answer for a job: its outcome is now decided.</summary>
    /// <returns>The job, or <see langword="null"/> if this node has decided its outcome in the meantime.</returns>
    /// <exception cref="FrameException">The worker has no such job, or it is not that job's turn.</exception>
    public Job? Take(Worker worker, int slot, long attempt, long ran, long now)
    {
        lock (gate)
        {
            if (worker.Find(slot, attempt) is not { } job)
                throw new FrameException($"An answer names attempt {attempt} in slot {slot}, which this worker does not have.");
            if (worker.Kill is not null && worker.KilledAttempt == attempt)
                return null;
            if (worker.First != job || worker.IsOffered(job))
                throw new FrameException($"An answer names attempt {attempt}, which this worker cannot have run yet.");
            ran = Math.Clamp(ran, 0, now - job.SentAt);
            worker.RemoveAnswered(job, now);
            worker.LongestRun = Math.Max(worker.LongestRun, ran);
            job.Profile.Note(ran);
            job.Decided = true;
            return job;
        }
    }

    /// <summary>Finds the job that an answer names, if the worker has it.</summary>
    public Job? Find(Worker worker, int slot, long attempt)
    {
        lock (gate)
            return worker.Find(slot, attempt);
    }

    /// <summary>Gives waiting jobs to a worker that has answered. A worker that has no job left becomes idle.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="buffer">Receives the requests that may share one write.</param>
    public Refill Refill(Worker worker, Span<byte> buffer)
    {
        Job? alone = null;
        var length = 0;
        bool wasEmpty;
        lock (gate)
        {
            StopGathering(worker);
            wasEmpty = worker.JobCount == 0;
            if (worker.State != WorkerState.Busy)
                return new Refill(0, null, wasEmpty);
            if (worker.Retiring is null)
            {
                while (queue.First is { } job && Fits(worker, job))
                {
                    queue.RemoveFirst();
                    Assign(worker, job);
                    if (worker.IsExclusive)
                    {
                        alone = job;
                        break;
                    }

                    job.SentAfter = worker.Process!.SentBytes;
                    length += RequestFrame.Write(job, buffer[length..]);
                }
            }

            if (worker.JobCount == 0)
            {
                OnDrained(worker);
            }
            else
            {
                SetQuick(worker, worker.LongestRun < QuickRun && alone is null);
                worker.LongestRun = 0;
                if (worker.JobCount > 1)
                    wakeWatchdogBy(Stopwatch.GetTimestamp() + TickInterval);
            }
        }

        return new Refill(length, alone, wasEmpty);
    }

    /// <summary>
    /// Decides whether a worker that has answered waits a moment for the callers' next jobs. It does if it has no job left, fewer jobs wait than
    /// it has answered, and there is more than one caller to wait for. Until it is refilled, new jobs wait for it.
    /// </summary>
    public bool StartGathering(Worker worker, int answered)
    {
        lock (gate)
        {
            if (worker is not { JobCount: 0, State: WorkerState.Busy, Retiring: null } || queue.Count >= answered || (answered == 1 && busy == 1))
                return false;
            worker.Gathering = true;
            gathering++;
            return true;
        }
    }

    /// <summary>
    /// Whether nothing runs or waits, so that the caller of the next job may continue inline on a worker's thread. Called without the gate, so
    /// it is only a hint.
    /// </summary>
    public bool IsQuiet => busy == 0 && queue.Count == 0 && Stopwatch.GetTimestamp() >= Volatile.Read(ref lendFrom);

    /// <summary>
    /// Called when an inline continuation has kept a thread: for the time of <paramref name="pause"/> there are no others.
    /// </summary>
    public void PauseLoans(long now, long pause) => Volatile.Write(ref lendFrom, Math.Max(Volatile.Read(ref lendFrom), now + pause));

    /// <summary>Called when an inline continuation begins: the watchdog checks it when its time limit is over.</summary>
    public void WatchLoan(long now) => wakeWatchdogBy(now + InlineContinuation.Limit);

    private void StopGathering(Worker worker)
    {
        if (worker.Gathering)
        {
            worker.Gathering = false;
            gathering--;
        }
    }

    /// <summary>Records whether a worker answers so quickly that waiting for it is faster than waking another worker.</summary>
    private void SetQuick(Worker worker, bool value)
    {
        if (worker.Quick != value)
        {
            worker.Quick = value;
            quick += value ? 1 : -1;
        }
    }

    private bool Fits(Worker worker, Job job)
    {
        if (worker.JobCount == 0)
            return true;
        return !worker.IsExclusive
            && worker.JobCount < Options.MaxSentAhead
            && job.Shares
            && worker.Pool == job.Pool
            && worker.BytesSent + RequestFrame.LengthOf(job) <= Worker.MaxSharedBytesTogether;
    }
}
