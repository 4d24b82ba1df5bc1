using Handler.Infrastructure;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// The watchdog's checks of one worker: its start, the deadlines and the memory of its jobs, slow jobs with others behind them, its age.
/// All members require the gate.
/// </summary>
internal sealed class WorkerChecks(SessionMemory sessions, DispatcherLog log)
{
    /// <summary>Checks a worker. If that fails, the worker is killed, and the other workers are still checked.</summary>
    /// <returns>When to check again, in Stopwatch ticks.</returns>
    public long Check(Worker worker, long now)
    {
        try
        {
            return worker.State switch
            {
                WorkerState.Starting => CheckStart(worker, now),
                WorkerState.Idle => CheckIdle(worker, now),
                _ => CheckBusy(worker, now),
            };
        }
        catch (Exception exception)
        {
            log.ThreadFailed(worker.Process?.Pid ?? 0, exception);
            worker.KillFor(new JobLost($"Handler failed while it watched the worker: {exception.Message}"));
            return long.MaxValue;
        }
    }

    private static long CheckStart(Worker worker, long now)
    {
        var deadline = worker.StartedAt + ProfileOf(worker).StartTimeout;
        if (now < deadline)
            return deadline;
        worker.KillFor(new JobLost($"The worker was not ready within {StartTimeoutOf(worker)}"));
        return long.MaxValue;
    }

    private static long CheckIdle(Worker worker, long now)
    {
        if (worker.Ageing || now >= worker.ReplaceAt)
            WorkerGroup.Of(worker).Retirement.Age(worker, now);
        if (worker.Retiring is not null)
            return long.MaxValue;
        var idleTimeout = ProfileOf(worker).IdleTimeout;
        var timeout = worker.IdleSince + idleTimeout;
        if (now < timeout)
            return worker.Ageing ? timeout : Math.Min(timeout, worker.ReplaceAt);
        if (WorkerGroup.Of(worker).Retirement.TryEndIdle(worker))
            return long.MaxValue;
        worker.IdleSince = now;
        return now + idleTimeout;
    }

    private static long CheckDying(Worker worker, long now)
    {
        var latest = worker.DyingSince + Tuning.Workers.LongestExit;
        if (now < latest)
            return latest;
        worker.StopWaitingForExit();
        return long.MaxValue;
    }

    private long CheckBusy(Worker worker, long now)
    {
        if (worker.Kill is not null)
            return CheckDying(worker, now);
        var next = CheckJobs(worker, now, out var firstIsSlow);
        if (worker.Kill is not null)
            return CheckDying(worker, now);
        if (now >= worker.ReplaceAt)
            WorkerGroup.Of(worker).Retirement.Age(worker, now);
        if (firstIsSlow)
            WorkerGroup.Of(worker).SendAhead.SetQuick(worker, false);
        if (worker.JobCount <= 1)
            return next;
        if (firstIsSlow)
            WorkerGroup.Of(worker).SendAhead.TakeBackBehindFirst(worker);
        return Math.Min(next, now + Tuning.SendAhead.CheckInterval);
    }

    /// <summary>Checks the jobs of a worker in order, until it is killed for one of them.</summary>
    private long CheckJobs(Worker worker, long now, out bool firstIsSlow)
    {
        var next = long.MaxValue;
        firstIsSlow = true;
        var isFirst = true;
        foreach (var job in worker.Jobs())
        {
            var claim = worker.Claim(job);
            job.WasTaken |= claim != SharedPage.OfferOf(job.Attempt);
            if (SharedPage.IsStartTime(claim))
            {
                var startedAt = StartOf(job, claim, now);
                next = Math.Min(next, CheckRunning(worker, job, startedAt, claim, now));
                firstIsSlow = now - startedAt > Tuning.SendAhead.SlowRun;
            }
            else if (!job.WasTaken)
            {
                next = Math.Min(next, job.FirstCheck(now));
                if (isFirst)
                {
                    firstIsSlow = now - job.SentAt > Tuning.SendAhead.SlowRun;
                    next = Math.Min(next, CheckUnclaimed(worker, job, claim, now));
                }
            }
            else if (isFirst)
            {
                next = Math.Min(next, CheckFinished(worker, job, claim, now));
            }

            isFirst = false;
            if (worker.Kill is not null)
                break;
        }

        return next;
    }

    private long CheckRunning(Worker worker, Job job, long startedAt, long claim, long now)
    {
        var deadline = startedAt + TimeoutOf(job);
        if (now >= deadline)
        {
            worker.TryCondemn(job, claim, TimedOut(job, now - startedAt));
            return long.MaxValue;
        }

        if (now >= job.KillAt)
        {
            worker.TryCondemn(job, claim, job.Stopped!);
            return long.MaxValue;
        }

        var next = Math.Min(deadline, job.KillAt);
        if (job.Limits.CpuTime is { } limit)
            next = Math.Min(next, CheckCpu(worker, job, claim, StopwatchTime.Ticks(limit), now));
        if (now - startedAt < Tuning.Watch.FirstMemoryCheck)
            return Math.Min(next, startedAt + Tuning.Watch.FirstMemoryCheck);
        if (now >= worker.NextMemoryCheck)
        {
            worker.NextMemoryCheck = now
                + (worker.HasStartedProcesses(job) ? Tuning.Watch.ProcessInterval : Tuning.Watch.MemoryInterval);
            worker.ShowPresence(now);
            worker.ReadCpu(job, isStart: false);
            CheckStarted(worker, job, claim);
            CheckMemory(worker, job, claim);
        }

        sessions.Include(worker, job);
        return Math.Min(next, worker.NextMemoryCheck);
    }

    /// <returns>When to check again: no earlier can the job have used up its CPU time.</returns>
    private long CheckCpu(Worker worker, Job job, long claim, long limit, long now)
    {
        var seen = job.Watched.Cpu;
        var used = worker.CpuUsedBy(job);
        if (used >= limit)
        {
            worker.TryCondemn(job, claim, OutOfCpuTime(job, used));
            return long.MaxValue;
        }

        if (worker.HasStartedProcesses(job))
            sessions.Include(worker, job);
        return now + WorkerCpu.Pause(limit - used, isIdle: seen > 0 && used - seen < Tuning.Watch.LeastCpuInterval / 2);
    }

    /// <summary>Takes what was last measured of the processes that a job has started.</summary>
    private static void CheckStarted(Worker worker, Job job, long claim)
    {
        if (job.Watched.Started is not { } started)
            return;
        job.Watched.PeakProcesses = Math.Max(job.Watched.PeakProcesses, started.Processes);
        if (started.CpuNanoseconds > 0)
            worker.CpuUsedBy(job);
        if (job.Limits.MaxProcesses is { } limit && started.Processes > limit)
            worker.TryCondemn(
                job, claim, new JobLimitExceeded(CountedLimit.MaxProcesses, limit, started.Processes, LimitEnforcer.Watchdog));
    }

    /// <summary>
    /// The worker's own guard measures exactly, but inside the process that it guards. This is the coarse check from outside, for a
    /// job that keeps the guard from running.
    /// </summary>
    private static void CheckMemory(Worker worker, Job job, long claim)
    {
        var used = worker.Process!.UsedMemory() + (job.Watched.Started?.MemoryBytes ?? 0);
        job.Watched.PeakMemory = Math.Max(job.Watched.PeakMemory, used);
        var excess = used - worker.MemoryLimitOf(job);
        if (excess <= Tuning.Watch.MemorySlack)
            return;
        var limit = job.Limits.EffectiveResidentBytes;
        worker.TryCondemn(job, claim, JobOutOfMemory.Of(job.Limits, limit, limit + excess, MemoryLimitSource.Watchdog));
    }

    /// <summary>
    /// The first job of a worker that runs nothing should start immediately. If it never does, the worker is stuck. Another worker gets the
    /// job if this one has not read its request. If it has, the job may have started and put its offer back, so it gets no more than its
    /// timeout.
    /// </summary>
    private static long CheckUnclaimed(Worker worker, Job job, long claim, long now)
    {
        var deadline = worker.FirstSince + ProfileOf(worker).StartTimeout;
        if (now >= deadline)
        {
            worker.KillFor(new JobLost($"The worker did not start a job within {StartTimeoutOf(worker)}"));
            return long.MaxValue;
        }

        var time = worker.FirstSince + TimeoutOf(job) + Tuning.Watch.TimeToClaim;
        if (time >= deadline)
            return deadline;
        if (now >= time && worker.MayHaveStartedFirst())
        {
            var timeout = $"the job's timeout ({job.Limits.Timeout.TotalMilliseconds} ms)";
            worker.TryCondemn(job, claim, new JobLost($"The worker read the job but did not report its start within {timeout}"));
            return long.MaxValue;
        }

        return now < time ? time : deadline;
    }

    /// <summary>
    /// Checks the first job of a worker if it was taken and its claim is no start time (any longer): it has finished, so its response
    /// should be arriving. Only the arrival of the response counts, because the job may have written the claim itself. The job's time began
    /// no later than when it was seen to run, or when it became the first.
    /// </summary>
    private long CheckFinished(Worker worker, Job job, long claim, long now)
    {
        var next = job.Limits.CpuTime is { } limit ? CheckCpu(worker, job, claim, StopwatchTime.Ticks(limit), now) : long.MaxValue;
        if (worker.Kill is not null)
            return long.MaxValue;
        var started = job.Watched.Start == 0 ? worker.FirstSince : job.Watched.Start;
        var timeout = started + TimeoutOf(job);
        var deadline = Math.Min(timeout, job.KillAt) + Tuning.Watch.TimeToRespond;
        if (now < deadline)
            return Math.Min(next, deadline);
        if (IsResponseArriving(worker, job))
            return Math.Min(next, now + Tuning.Watch.TimeToRespond);
        worker.TryCondemn(job, claim, job.KillAt < timeout ? job.Stopped! : TimedOut(job, now - started));
        return long.MaxValue;
    }

    /// <summary>
    /// Whether the response of a finished job is arriving: this node has not yet read it, or a large one is being written, or it waits in
    /// the shared page while the next job runs.
    /// </summary>
    private static bool IsResponseArriving(Worker worker, Job job)
    {
        var before = job.Watched.Received;
        job.Watched.Received = worker.Received;
        return worker.Process!.HasResponses()
            || (before > 0 && worker.Received - before > Tuning.Watch.LeastReceived)
            || (worker.JobCount > 1 && worker.HasPublished(job));
    }

    /// <summary>
    /// When a job started, as first seen. The job may have written later values of the claim itself, to postpone its deadline.
    /// </summary>
    private static long StartOf(Job job, long claim, long now)
    {
        if (job.Watched.Start == 0)
            job.Watched.Start = Worker.StartClaimed(job, claim, now);
        return job.Watched.Start;
    }

    private static JobTimedOut TimedOut(Job job, long elapsed)
        => new(job.Limits.Timeout, TimeSpan.FromTicks(elapsed / TimeSpan.NanosecondsPerTick));

    private static JobTimedOut OutOfCpuTime(Job job, long used)
        => new(job.Limits.CpuTime!.Value, TimeSpan.FromTicks(used / TimeSpan.NanosecondsPerTick)) { Clock = TimeLimitClock.CpuTime };

    private static long TimeoutOf(Job job) => StopwatchTime.Ticks(job.Limits.Timeout);

    private static string StartTimeoutOf(Worker worker)
        => $"{ProfileOf(worker).Place}.StartTimeout ({ProfileOf(worker).Options.StartTimeout.TotalMilliseconds} ms)";

    private static WorkerProfile ProfileOf(Worker worker) => WorkerGroup.Of(worker).Profile;
}
