using System.Diagnostics;
using Handler.Platform;
using Handler.Pools;
using Handler.Verdicts;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>The lifecycle of workers: when they start, retire and end, and what happens to their jobs.</summary>
internal sealed partial class Dispatcher
{
    /// <summary>How many times a job whose worker ended before starting it is given to another worker.</summary>
    private const int MaxHandovers = 3;

    private readonly TaskCompletionSource firstReady = new();
    private readonly StartBackOff backOff;
    private Action? closed;

    /// <summary>
    /// Completes when the first worker is ready, or fails with the reason why none will be. Its continuations run on the thread for outcomes.
    /// </summary>
    public Task FirstReady => firstReady.Task;

    /// <summary>Starts the node's own threads.</summary>
    /// <exception cref="IOException">The operating system refused a thread.</exception>
    public void StartThreads()
    {
        starter.Start();
        outcomes.Start();
        large.Start();
    }

    /// <inheritdoc cref="ThreadStarter.Post"/>
    public void Elsewhere(Action start) => starter.Post(start);

    /// <summary>Starts the first workers.</summary>
    public void Open()
    {
        lock (gate)
            StartWhatIsWanted();
    }

    /// <summary>Refuses new jobs, kills all others, and ends all workers.</summary>
    /// <param name="whenClosed">
    /// Called on the thread for outcomes when the last worker process is reaped and all outcomes are delivered.
    /// </param>
    public void Close(Action whenClosed)
    {
        var dropped = new List<Job>();
        lock (gate)
        {
            closing = true;
            while (queue.Count > 0)
                dropped.Add(queue.RemoveFirst());
            dropped.ForEach(job => job.Decided = true);
            closed = whenClosed;
            foreach (var worker in workers)
                worker.KillFor(ShuttingDown());
            TellIfClosed();
        }

        dropped.ForEach(job => Decide(job, ShuttingDown()));
        if (!outcomes.IsStarted)
            outcomes.DoWaiting(); // the start failed before the thread for outcomes was started
    }

    /// <summary>Ends the node's own threads. Call only when the node is closed and nothing wakes them any longer.</summary>
    public void EndThreads()
    {
        starter.End();
        outcomes.End();
        large.End();
    }

    private void TellIfClosed()
    {
        if (!closing || workers.Count > 0 || closed is not { } tell)
            return;
        closed = null;
        outcomes.Post(tell);
    }

    public void Started(Worker worker, IWorkerProcess process)
    {
        lock (gate)
        {
            worker.Process = process;
            if (closing)
                worker.KillFor(ShuttingDown());
        }
    }

    public void CannotStart(Worker worker, string reason)
    {
        lock (gate)
        {
            worker.State = WorkerState.Ended;
            workers.Remove(worker);
            StartHasFailed(reason);
            TellIfClosed();
        }

        DropIfInfeasible();
    }

    public void Ready(Worker worker)
    {
        List<(IWorkerProcess, Job)>? sends;
        lock (gate)
        {
            if (worker.State != WorkerState.Starting)
                return;
            worker.ReadyAt = Stopwatch.GetTimestamp();
            worker.ReadyResident = worker.Process!.UsedMemory();
            backOff.Succeeded();
            LogWorkerReady(worker.Process.Pid, (worker.ReadyAt - worker.StartedAt) / 1_000_000.0);
            BecomeIdle(worker);
            RetireOneAgeing();
            sends = AssignWaiting();
        }

        if (!firstReady.Task.IsCompleted)
            outcomes.Post(() => firstReady.TrySetResult());
        SendAll(sends);
    }

    /// <summary>The worker takes no more jobs. Those that it has not started go to other workers.</summary>
    public void Retire(Worker worker, string reason)
    {
        List<(IWorkerProcess, Job)>? sends;
        lock (gate)
        {
            if (worker.State == WorkerState.Idle)
                idle.Remove(worker);
            worker.Retiring ??= reason;
            LogRetirement(worker.Process!.Pid, reason);
            TakeBack(worker);
            if (worker.JobCount == 0)
                EndUnneeded(worker, reason);
            StartWhatIsWanted();
            sends = AssignWaiting();
        }

        SendAll(sends);
    }

    public void ProtocolBroken(Worker worker, string what)
    {
        lock (gate)
            worker.KillFor(new JobExited(null, LibC.SIGKILL, $"Handler killed it because its answers could not be read, as when a job closes descriptors that are not its own or writes to them ({what})"));
    }

    public void ThreadFailed(Worker worker, Exception exception)
    {
        LogThreadFailed(worker.Process?.Pid ?? 0, exception);
        lock (gate)
            worker.KillFor(new JobLost($"Handler failed while it served the worker: {exception.Message}"));
    }

    /// <summary>
    /// Called when it cannot be determined how the worker ended. It no longer serves, and none of its jobs must be left without an outcome.
    /// </summary>
    public void Abandon(Worker worker, Exception exception)
    {
        ThreadFailed(worker, exception);
        List<Job> left;
        lock (gate)
        {
            Leave(worker);
            left = [.. worker.Jobs()];
            foreach (var job in left)
            {
                worker.Remove(job);
                job.Decided = true;
            }

            worker.State = WorkerState.Ended;
        }

        left.ForEach(job => Decide(job, worker.Kill!));
    }

    /// <summary>
    /// Called when the process is reaped. Each of its jobs is either decided here or returns to the queue; <see cref="Replace"/> follows.
    /// </summary>
    public void Ended(Worker worker, ExitStatus status, string standardError, string lastWords, Action<Job, JobFailure, long?> decide)
    {
        lock (gate)
        {
            var wasStarting = worker.State == WorkerState.Starting;
            Leave(worker);
            var unstarted = new List<Job>();
            var started = worker.MayHaveStartedFirst() ? worker.First : null;
            foreach (var job in worker.Jobs().ToArray())
                Settle(worker, job, mayHaveStarted: job == started, status, lastWords, decide, unstarted);
            for (var i = unstarted.Count - 1; i >= 0; i--)
                queue.AddFirst(unstarted[i]);
            worker.State = WorkerState.Ended;
            if (worker.Retiring is null || worker.Kill is not null)
                LogWorkerEnded(worker.Process!.Pid, worker.Kill?.ToString() ?? Classifier.Classify(new Evidence { Status = status, LastWords = lastWords }).ToString());
            if (wasStarting && !closing)
                StartHasFailed(StartFailure(worker, status, standardError));
        }
    }

    /// <summary>
    /// Replaces a worker that has ended, if a replacement is wanted. Called after the outcomes of its jobs were delivered, because a starting
    /// process takes processor time from the callers.
    /// </summary>
    public void Replace()
    {
        List<(IWorkerProcess, Job)>? sends;
        lock (gate)
        {
            TellIfClosed();
            StartWhatIsWanted();
            sends = AssignWaiting();
        }

        SendAll(sends);
        DropIfInfeasible();
    }

    /// <summary>Removes the worker from all counts and lists.</summary>
    private void Leave(Worker worker)
    {
        if (!workers.Remove(worker))
            return;
        if (worker.State == WorkerState.Busy)
            busy--;
        SetQuick(worker, false);
        StopGathering(worker);
        idle.Remove(worker);
    }

    private void Settle(Worker worker, Job job, bool mayHaveStarted, ExitStatus status, string lastWords, Action<Job, JobFailure, long?> decide, List<Job> unstarted)
    {
        var claim = worker.Claim(job);
        var neverStarted = worker.TryRevoke(job);
        if (!neverStarted)
            worker.Remove(job);
        else if (!mayHaveStarted && worker.Kill is not JobKilled { Cause: KillCause.Shutdown } && ++job.Handovers <= MaxHandovers)
        {
            unstarted.Add(job);
            return;
        }

        job.Decided = true;
        if (!neverStarted)
            decide(job, Classifier.Classify(worker.EvidenceFor(job, status, lastWords)), StartAtEnd(worker, job, claim));
        else if (worker.Kill is JobKilled shutdown)
            decide(job, shutdown, null);
        else if (mayHaveStarted)
            decide(job, new JobLost("The worker exited after it had read the job; it is unknown whether the job had started"), null);
        else
            decide(job, NotStarted($"{job.Handovers} workers in succession exited before they started the job"), null);
    }

    private static long StartAtEnd(Worker worker, Job job, long claim)
    {
        if (job.StartSeen != 0)
            return job.StartSeen;
        return SharedPage.IsStartTime(claim) ? Between(claim, job.SentAt, Stopwatch.GetTimestamp()) : worker.StartOf(job);
    }

    private void BecomeIdle(Worker worker)
    {
        worker.State = WorkerState.Idle;
        worker.IdleSince = Stopwatch.GetTimestamp();
        idle.Add(worker);
        wakeWatchdogBy(Math.Min(worker.IdleSince + Ticks(Options.Recycling.IdleTimeout), worker.ReplaceAt));
    }

    private void OnDrained(Worker worker)
    {
        SetQuick(worker, false);
        busy--;
        if (worker.Retiring is { } reason)
        {
            worker.State = WorkerState.Idle;
            EndUnneeded(worker, reason);
        }
        else
        {
            BecomeIdle(worker);
        }
    }

    /// <summary>Ends a worker that has no job and gets no more.</summary>
    private void EndUnneeded(Worker worker, string reason)
    {
        if (worker.State == WorkerState.Busy)
            busy--;
        worker.State = WorkerState.Idle;
        worker.Dismiss(reason);
    }

    /// <summary>Returns all jobs that a worker has not started to the front of the queue, in order.</summary>
    private void TakeBack(Worker worker)
    {
        foreach (var job in worker.Jobs().Reverse().ToArray())
        {
            if (worker.TryRevoke(job))
                queue.AddFirst(job);
        }
    }

    /// <summary>
    /// Called when a worker has served long enough. It retires when its replacement is ready, or immediately if every job gets a fresh
    /// worker.
    /// </summary>
    private void Age(Worker worker, long now)
    {
        if (worker.Ageing)
            return;
        worker.Ageing = true;
        if (worker.JobsAllowed == 1)
            worker.Retiring = "one job per process";
        StartWhatIsWanted();
        wakeWatchdogBy(now);
    }

    private void RetireOneAgeing()
    {
        if (workers.Find(each => each.Ageing && each.Retiring is null) is not { } old)
            return;
        old.Retiring = "recycled";
        if (old.State == WorkerState.Idle)
        {
            idle.Remove(old);
            old.Dismiss("recycled");
        }
    }

    private void StartWhatIsWanted()
    {
        var count = plan.ToStart(busy, queue.Count, headcount.Staying);
        if (count == 0 || closing || !backOff.Allows(Stopwatch.GetTimestamp()))
            return;
        for (; count > 0; count--)
            StartOne();
    }

    private void StartOne()
    {
        var now = Stopwatch.GetTimestamp();
        var recycling = Options.Recycling;
        var worker = new Worker(headcount)
        {
            StartedAt = now,
            MaxGrowthBytes = recycling.MaxGrowthBytes,
            MaxPayloadBytes = Options.MaxPayloadBytes,
            MayAbandon = Options.MaxSilence > TimeSpan.Zero,
            JobsAllowed = recycling.MaxJobs == 1 ? 1 : Jitter(recycling.MaxJobs),
            ReplaceAt = now + (long)(Ticks(recycling.MaxAge) * (0.9 + (0.2 * Random.Shared.NextDouble()))),
        };
        workers.Add(worker);
        wakeWatchdogBy(now + Ticks(Options.StartTimeout));

        // Starting a thread blocks until it runs, and nothing under the gate may block.
        worker.Thread = new WorkerThread(this, worker);
        starter.StartNew(worker.Thread);
    }

    /// <summary>± 10 %, so that workers started together are not replaced together.</summary>
    private static int Jitter(int value) => (int)Math.Clamp(value * (0.9 + (0.2 * Random.Shared.NextDouble())), 1, int.MaxValue);

    private void StartHasFailed(string reason)
    {
        if (backOff.Failed(Stopwatch.GetTimestamp(), reason, out var next))
            LogStartFailed(reason);
        wakeWatchdogBy(next);
        if (!firstReady.Task.IsCompleted)
            outcomes.Post(() => firstReady.TrySetException(new WorkerStartException(reason)));
    }

    private string StartFailure(Worker worker, ExitStatus status, string standardError)
    {
        var how = worker.Kill?.ToString() ?? (status.Code is { } code ? $"it exited with code {code}" : $"signal {status.Signal} ended it");
        return $"A worker process did not become ready: {how}. It was started as: {string.Join(' ', Command.Arguments)}."
            + (standardError.Length == 0 ? "" : $" It wrote: {standardError.Trim()}");
    }

    /// <summary>Rejects the waiting jobs if worker starts keep failing and no worker is left.</summary>
    private void DropIfInfeasible()
    {
        var dropped = new List<Job>();
        lock (gate)
        {
            if (!backOff.IsHopeless(Stopwatch.GetTimestamp()) || workers.Count > 0)
                return;
            while (queue.Count > 0)
                dropped.Add(queue.RemoveFirst());
            dropped.ForEach(job => job.Decided = true);
        }

        dropped.ForEach(job => Decide(job, NotStarted(backOff.Reason)));
    }

    /// <summary>The outcome of a job that certainly has not run, because there was no worker.</summary>
    private JobRejected NotStarted(string why)
        => new(NodeActor.NodePool, RejectReason.WorkersDoNotStart, 1, 0, Options.MaxWorkers) { Detail = why };

    /// <summary>The ids of all worker processes, including those that are starting or ending.</summary>
    public List<int> WorkerPids()
    {
        lock (gate)
            return [.. workers.Where(worker => worker.Process is not null).Select(worker => worker.Process!.Pid)];
    }

    public static JobKilled ShuttingDown() => new(KillCause.Shutdown, "The handler was disposed");
}
