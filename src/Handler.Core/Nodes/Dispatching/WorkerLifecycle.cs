using System.Diagnostics;
using Handler.Platform;
using Handler.Verdicts;

namespace Handler.Nodes;

/// <summary>
/// What happens to a worker from its start to its exit, as its thread reports it, and the closing of the node. All members take the gate.
/// </summary>
internal sealed class WorkerLifecycle(
    WorkerGroups groups, JobSender sender, OutcomeDelivery delivery, OutcomeThread outcomes, DispatcherLog log)
{
    private readonly NodeTotals totals = groups.Totals;
    private readonly Lock gate = groups.Totals.Gate;
    private readonly HashSet<Worker> unreaped = []; // have exited
    private Action? whenClosed;

    /// <summary>Starts the first workers of a profile.</summary>
    /// <param name="profile">The profile's group.</param>
    /// <param name="atLeastOne">Whether one is started although none is wanted, to find out whether it can start.</param>
    public void Open(WorkerGroup profile, bool atLeastOne)
    {
        lock (gate)
        {
            profile.Starts.StartMissing();
            if (atLeastOne && profile.All.Count == 0)
                profile.Starts.StartFirst();
        }
    }

    /// <summary>Called when the first worker of a profile has become ready. It ends if there is no room for it.</summary>
    public void Opened(WorkerGroup profile)
    {
        lock (gate)
            groups.EndSurplus(profile);
    }

    /// <summary>Refuses new jobs, kills all others, and ends all workers.</summary>
    /// <param name="closed">
    /// Called on the thread for outcomes when the last worker process is reaped and all outcomes are delivered.
    /// </param>
    public void Close(Action closed)
    {
        List<Job> dropped;
        lock (gate)
        {
            totals.Closing = true;
            dropped = groups.TakeQueues();
            whenClosed = closed;
            foreach (var worker in totals.Workers)
                worker.KillFor(JobKilled.ShuttingDown());
            ReportIfClosed();
        }

        dropped.ForEach(job => delivery.Deliver(job, JobKilled.ShuttingDown()));
    }

    /// <summary>Called when the process of a worker has been started.</summary>
    public void Started(Worker worker, IWorkerProcess process)
    {
        lock (gate)
        {
            worker.Process = process;
            if (totals.Closing)
                worker.KillFor(JobKilled.ShuttingDown());
        }
    }

    /// <summary>Called when the system refused a thread or a process for a worker.</summary>
    public void CannotStart(Worker worker, string reason)
    {
        lock (gate)
        {
            WorkerGroup.Of(worker).Ended.Remove(worker);
            worker.State = WorkerState.Exited;
            WorkerGroup.Of(worker).Starts.Failed(reason);
            groups.ForgetIfEmpty(WorkerGroup.Of(worker));
            ReportIfClosed();
        }

        RejectIfStartsFail(WorkerGroup.Of(worker));
    }

    /// <summary>Called when a worker is ready for jobs.</summary>
    public void Ready(Worker worker)
    {
        List<(IWorkerProcess, Job)>? sends;
        lock (gate)
        {
            if (worker.State != WorkerState.Starting)
                return;
            worker.ReadyAt = Stopwatch.GetTimestamp();
            worker.ReadyResident = worker.Process!.UsedMemory();
            WorkerGroup.Of(worker).Starts.Succeeded(worker);
            WorkerGroup.Of(worker).Retirement.Ready(worker);
            sends = groups.ServeWaiting(); // the job for which it was started may be gone, and others wait for its place
        }

        sender.SendAll(sends);
    }

    /// <summary>
    /// Called when a worker asks to be replaced. It gets no more jobs. Those that it has not started go to other workers.
    /// </summary>
    public void Retire(Worker worker, string reason)
    {
        List<(IWorkerProcess, Job)>? sends;
        lock (gate)
        {
            log.RetiresOnRequest(worker.Process!.Pid, reason);
            WorkerGroup.Of(worker).Retirement.Retire(worker, reason);
            sends = groups.AssignWaiting();
        }

        sender.SendAll(sends);
    }

    /// <summary>Called when the responses of a worker cannot be read.</summary>
    public void ProtocolBroken(Worker worker, string what)
    {
        lock (gate)
            worker.KillFor(Unreadable(what));
    }

    /// <summary>Called when a worker has closed its response pipe, and its process does not seem to exit.</summary>
    public void PipeClosed(Worker worker)
    {
        lock (gate)
            worker.KillForClosedPipe(Unreadable("The worker closed its response pipe."));
    }

    /// <summary>Called when Handler itself failed on the thread of a worker.</summary>
    public void ThreadFailed(Worker worker, Exception exception)
    {
        log.ThreadFailed(worker.Process?.Pid ?? 0, exception);
        lock (gate)
            worker.KillFor(new JobLost($"Handler failed while it served the worker: {exception.Message}"));
    }

    /// <summary>
    /// Called when the process has exited. Each of its jobs is either decided here or returns to the queue; <see cref="Replace"/> follows.
    /// </summary>
    public void Exited(Worker worker, ExitStatus status, string standardError, string lastWords, Action<Job, JobFailure, long?> decide)
    {
        lock (gate)
        {
            unreaped.Add(worker);
            var wasStarting = worker.State == WorkerState.Starting;
            WorkerGroup.Of(worker).Ended.Remove(worker);
            WorkerGroup.Of(worker).Ended.Settle(worker, status, standardError, lastWords, decide);
            worker.State = WorkerState.Exited;
            if (worker.Retiring is null || worker.Kill is not null)
                LogEnded(worker, status, lastWords);
            if (wasStarting && !totals.Closing)
                WorkerGroup.Of(worker).Starts.Failed(worker, status, standardError);
        }
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
            unreaped.Add(worker);
            WorkerGroup.Of(worker).Ended.Remove(worker);
            left = [.. worker.Jobs()];
            foreach (var job in left)
            {
                worker.Remove(job);
                job.Decided = true;
            }

            worker.State = WorkerState.Exited;
        }

        left.ForEach(job => delivery.Deliver(job, worker.Kill!));
    }

    /// <summary>
    /// Sends waiting jobs to idle workers, now that one worker less counts. Called once the outcomes of its jobs are delivered.
    /// </summary>
    public void PlaceIsFree()
    {
        List<(IWorkerProcess, Job)>? sends;
        lock (gate)
            sends = groups.AssignWaiting();
        sender.SendAll(sends);
    }

    /// <summary>
    /// Replaces a worker that has been reaped, if a replacement is wanted. Called after the outcomes of its jobs were delivered, because a
    /// starting process takes CPU time from the callers.
    /// </summary>
    public void Replace(Worker worker)
    {
        List<(IWorkerProcess, Job)>? sends;
        lock (gate)
        {
            unreaped.Remove(worker);
            ReportIfClosed();
            sends = groups.ServeWaiting();
            groups.ForgetIfEmpty(WorkerGroup.Of(worker));
        }

        sender.SendAll(sends);
        RejectIfStartsFail(WorkerGroup.Of(worker));
    }

    /// <summary>The ids of all worker processes, including those that are starting or exiting.</summary>
    public List<int> Pids()
    {
        lock (gate)
            return [.. totals.Workers.Where(worker => worker.Process is not null).Select(worker => worker.Process!.Pid)];
    }

    private static JobExited Unreadable(string what)
    {
        var why = $"as when a job closes descriptors that are not its own or writes to them ({what})";
        return new(null, LibC.SIGKILL, $"Handler killed it because its responses could not be read, {why}");
    }

    private void ReportIfClosed()
    {
        if (!totals.Closing || totals.Workers.Count > 0 || unreaped.Count > 0 || whenClosed is not { } report)
            return;
        whenClosed = null;
        outcomes.Post(report);
    }

    /// <summary>Rejects the waiting jobs of a group if starts of its workers keep failing and no worker is left.</summary>
    private void RejectIfStartsFail(WorkerGroup group)
    {
        List<Job> dropped;
        lock (gate)
        {
            if (!group.Starts.HaveGivenUp(Stopwatch.GetTimestamp()))
                return;
            dropped = groups.TakeQueuesOf(group);
        }

        dropped.ForEach(job => delivery.Deliver(job, group.Ended.NotStarted(group.Starts.FailureReason)));
    }

    private void LogEnded(Worker worker, ExitStatus status, string lastWords)
    {
        var how = worker.KillThatEnded(status) ?? Classifier.Classify(new Evidence { Status = status, LastWords = lastWords });
        log.WorkerEnded(worker.Process!.Pid, how.ToString());
    }
}
