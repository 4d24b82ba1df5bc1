using System.Diagnostics;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>The watchdog's checks: deadlines, memory seen from outside, slow jobs with others behind them, idle workers.</summary>
internal sealed partial class Dispatcher
{
    /// <summary>When a job has run for this long, the jobs sent ahead behind it are taken back; in Stopwatch ticks (ns).</summary>
    private const long SlowAfter = 250_000;

    /// <summary>How often that is checked while jobs wait or are sent ahead, in ns.</summary>
    private const long TickInterval = 500_000;

    /// <summary>A worker is quick if all of its jobs ran for less than this, in ns.</summary>
    private const long QuickRun = 50_000;

    /// <summary>How often a running job's resident memory is measured from outside, in ns.</summary>
    private const long MemoryLookInterval = 50_000_000;

    /// <summary>When it is first measured after the start, in ns. Most jobs have ended by then.</summary>
    private const long FirstMemoryLook = 2 * MemoryLookInterval;

    /// <summary>
    /// How long there are no inline continuations after one exceeded its limit, in ns. The same caller would probably keep the next thread too,
    /// and a new thread costs more than an inline continuation saves.
    /// </summary>
    private const long LoanPause = 1_000_000_000;

    /// <summary>
    /// The same after a continuation longer than <see cref="InlineContinuation.Brief"/>: others may have waited in the meantime. In ns.
    /// </summary>
    public const long ShortLoanPause = 100_000_000;

    /// <summary>
    /// The longest time that a worker needs between reading a request and starting its job, in ns: it may first check what the previous job
    /// has left behind.
    /// </summary>
    private const long GraceToClaim = 250_000_000;

    /// <summary>How soon after the end of a job its answer must follow, in ns.</summary>
    private const long GraceToAnswer = 100_000_000;

    /// <summary>
    /// A large answer that is still being written must deliver more than this within <see cref="GraceToAnswer"/>, in bytes.
    /// </summary>
    private const long LeastReceived = 3 << 20;

    /// <summary>
    /// Added to the limit in bytes when it is checked from outside. The worker's own guard checks the same limit; this check should decide only
    /// if the guard does not get to run.
    /// </summary>
    private const long MemorySlack = 16L << 20;

    /// <summary>
    /// Looking at the other processes in the workers' sessions takes at most one part in this many of the watchdog's time.
    /// </summary>
    private const long PartForSessions = 50;

    private readonly List<Worker> longRunning = [];
    private readonly List<int> otherGroups = [];
    private long nextSessionLook;

    /// <summary>Checks everything that is due.</summary>
    /// <returns>When to check again, in Stopwatch ticks.</returns>
    public long Check(long now)
    {
        var next = long.MaxValue;
        List<(IWorkerProcess, Job)>? sends;
        List<WorkerThread>? left = null;
        LookBeside(now);
        lock (gate)
        {
            longRunning.Clear();
            for (var i = workers.Count - 1; i >= 0; i--)
            {
                var worker = workers[i];
                next = Math.Min(next, Check(worker, now));
                if (worker.Loan.TryTakeOver(now, out var loanEnds))
                    (left ??= []).Add(worker.Thread!);
                next = Math.Min(next, loanEnds);
            }

            StartWhatIsWanted();
            if (!backOff.Allows(now))
                next = Math.Min(next, now + 100_000_000);
            sends = AssignWaiting();
        }

        SendAll(sends);
        if (left is not null)
            TakeOver(left, now);
        return next;
    }

    private void TakeOver(List<WorkerThread> left, long now)
    {
        PauseLoans(now, LoanPause);
        foreach (var thread in left)
            starter.TakeOver(thread);
    }

    /// <summary>Checks one worker. If that fails, the worker is killed, and the other workers are still checked.</summary>
    private long Check(Worker worker, long now)
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
            LogThreadFailed(worker.Process?.Pid ?? 0, exception);
            worker.KillFor(new JobLost($"Handler failed while it watched the worker: {exception.Message}"));
            return long.MaxValue;
        }
    }

    private long CheckStart(Worker worker, long now)
    {
        var deadline = worker.StartedAt + Ticks(Options.StartTimeout);
        if (now < deadline)
            return deadline;
        worker.KillFor(new JobLost($"The worker was not ready within HandlerOptions.StartTimeout ({Options.StartTimeout.TotalMilliseconds} ms)"));
        return long.MaxValue;
    }

    private long CheckIdle(Worker worker, long now)
    {
        if (worker.Retiring is not null)
            return long.MaxValue;
        if (now >= worker.ReplaceAt)
            Age(worker, now);
        var timeout = worker.IdleSince + Ticks(Options.Recycling.IdleTimeout);
        if (now < timeout)
            return worker.Ageing ? timeout : Math.Min(timeout, worker.ReplaceAt);
        if (!plan.HasTooMany(busy, queue.Count, headcount.Staying) || worker.Ageing)
        {
            worker.IdleSince = now;
            return now + Ticks(Options.Recycling.IdleTimeout);
        }

        idle.Remove(worker);
        worker.Dismiss("idle");
        return long.MaxValue;
    }

    private long CheckBusy(Worker worker, long now)
    {
        if (worker.Kill is not null)
            return long.MaxValue;
        var next = long.MaxValue;
        var headIsSlow = true;
        var isFirst = true;
        foreach (var job in worker.Jobs())
        {
            var claim = worker.Claim(job);
            job.WasTaken |= claim != SharedPage.OfferOf(job.Attempt);
            if (SharedPage.IsStartTime(claim))
            {
                var startedAt = StartOf(job, claim, now);
                next = Math.Min(next, CheckRunning(worker, job, startedAt, claim, now));
                headIsSlow = now - startedAt > SlowAfter;
            }
            else if (!job.WasTaken)
            {
                next = Math.Min(next, FirstLook(job, now));
                if (isFirst)
                {
                    headIsSlow = now - job.SentAt > SlowAfter;
                    next = Math.Min(next, CheckUnclaimed(worker, job, claim, now));
                }
            }
            else if (isFirst)
            {
                next = Math.Min(next, CheckUnanswered(worker, job, claim, now));
            }

            isFirst = false;
            if (worker.Kill is not null)
                return long.MaxValue;
        }

        if (now >= worker.ReplaceAt)
            Age(worker, now);
        if (headIsSlow)
            SetQuick(worker, false);
        if (worker.JobCount <= 1)
            return next;
        if (headIsSlow)
            GiveUpSentAhead(worker);
        return Math.Min(next, now + TickInterval);
    }

    /// <summary>When a job that starts about now must be checked first.</summary>
    private static long FirstLook(Job job, long now) => now + Math.Min(Ticks(job.Limits.Timeout), FirstMemoryLook);

    private long CheckRunning(Worker worker, Job job, long startedAt, long claim, long now)
    {
        var deadline = startedAt + Ticks(job.Limits.Timeout);
        if (now >= deadline)
        {
            worker.TryCondemn(job, claim, new JobTimedOut(job.Limits.Timeout, TimeSpan.FromTicks((now - startedAt) / TimeSpan.NanosecondsPerTick)));
            return long.MaxValue;
        }

        if (now >= job.KillAt)
        {
            worker.TryCondemn(job, claim, job.Stopped!);
            return long.MaxValue;
        }

        var next = Math.Min(deadline, job.KillAt);
        if (now - startedAt < FirstMemoryLook)
            return Math.Min(next, startedAt + FirstMemoryLook);
        if (now >= worker.NextMemoryLook)
        {
            worker.NextMemoryLook = now + MemoryLookInterval;
            worker.ShowPresence(now);
            worker.ReadCpu(job, isStart: false);
            LookAtMemory(worker, job, claim);
        }

        longRunning.Add(worker);

        return Math.Min(next, worker.NextMemoryLook);
    }

    /// <summary>
    /// The worker's own guard measures exactly, but inside the process that it guards. This is the coarse check from outside, for a
    /// job that keeps the guard from running. It is also the only check of the processes that a job has started.
    /// </summary>
    private void LookAtMemory(Worker worker, Job job, long claim)
    {
        var used = worker.Process!.UsedMemory() + worker.MemoryBeside;
        job.PeakSeen = Math.Max(job.PeakSeen, used);
        var passed = used - worker.MemoryLimitOf(job);
        if (passed > MemorySlack)
            worker.TryCondemn(job, claim, JobOutOfMemory.Of(job.Limits, job.Limits.EffectiveResidentBytes, job.Limits.EffectiveResidentBytes + passed, MemoryLimitSource.Watchdog));
    }

    /// <summary>
    /// Measures the processes that long-running jobs have started, and the files in memory that these jobs have open. Runs without the gate,
    /// because it takes about 100 µs; the next call of <see cref="LookAtMemory"/> uses the result.
    /// </summary>
    private void LookBeside(long now)
    {
        if (longRunning.Count == 0 || now < nextSessionLook)
            return;
        sessions.Refresh();
        foreach (var worker in longRunning)
        {
            if (worker.Process is not { } process)
                continue;
            _ = process.UsedMemory(withDescriptors: true); // counts from here on
            worker.MemoryBeside = sessions.UsedMemory(process.Pid);
            sessions.OtherGroups(process.Pid, otherGroups);
            process.TieGroups(otherGroups);
        }

        nextSessionLook = now + Math.Max(MemoryLookInterval, PartForSessions * (Stopwatch.GetTimestamp() - now));
    }

    /// <summary>
    /// The first job of a worker that runs nothing should start immediately. If it never does, the worker is stuck. Another worker gets the job
    /// if this one has not read its request. If it has, the job may have started and put its offer back, so it gets no more than its timeout.
    /// </summary>
    private long CheckUnclaimed(Worker worker, Job job, long claim, long now)
    {
        var deadline = worker.FirstSince + Ticks(Options.StartTimeout);
        if (now >= deadline)
        {
            worker.KillFor(new JobLost($"The worker did not start a job within HandlerOptions.StartTimeout ({Options.StartTimeout.TotalMilliseconds} ms)"));
            return long.MaxValue;
        }

        var time = worker.FirstSince + Ticks(job.Limits.Timeout) + GraceToClaim;
        if (time >= deadline)
            return deadline;
        if (now >= time && worker.MayHaveStartedFirst())
        {
            worker.TryCondemn(job, claim, new JobLost($"The worker read the job but did not report its start within the job's timeout ({job.Limits.Timeout.TotalMilliseconds} ms)"));
            return long.MaxValue;
        }

        return now < time ? time : deadline;
    }

    /// <summary>
    /// Checks the first job of a worker if it was taken and its claim is no start time (any longer): it has finished, so its answer should be
    /// arriving. Only the arrival of the answer counts, because the job may have written the claim itself. The job's time began no later than
    /// when it was seen to run, or when it became the first.
    /// </summary>
    private long CheckUnanswered(Worker worker, Job job, long claim, long now)
    {
        var started = job.StartSeen == 0 ? worker.FirstSince : job.StartSeen;
        var timeout = started + Ticks(job.Limits.Timeout);
        var deadline = Math.Min(timeout, job.KillAt) + GraceToAnswer;
        if (now < deadline)
            return deadline;
        if (IsOnTheWay(worker, job))
            return now + GraceToAnswer;
        worker.TryCondemn(job, claim, job.KillAt < timeout ? job.Stopped! : new JobTimedOut(job.Limits.Timeout, TimeSpan.FromTicks((now - started) / TimeSpan.NanosecondsPerTick)));
        return long.MaxValue;
    }

    /// <summary>
    /// Whether the answer of a finished job is arriving: this node has not yet read it, or a large one is being written, or it waits in the
    /// shared page while the next job runs.
    /// </summary>
    private static bool IsOnTheWay(Worker worker, Job job)
    {
        var before = job.ReceivedSeen;
        job.ReceivedSeen = worker.Received;
        return worker.Process!.HasAnswers()
            || (before > 0 && worker.Received - before > LeastReceived)
            || (worker.JobCount > 1 && worker.HasPublished(job));
    }

    /// <summary>
    /// When a job started, as first seen. The job may have written later values of the claim itself, to postpone its deadline.
    /// </summary>
    private static long StartOf(Job job, long claim, long now)
    {
        if (job.StartSeen == 0)
            job.StartSeen = Between(claim, job.SentAt, now);
        return job.StartSeen;
    }

    /// <summary>
    /// A time that a worker claims, clamped to the possible range. It may be later than the caller's reading of the clock.
    /// </summary>
    private static long Between(long claim, long earliest, long now) => Math.Clamp(claim, earliest, Math.Max(earliest, now));

    /// <summary>Takes back the jobs that were sent ahead behind the first job of a worker.</summary>
    private void GiveUpSentAhead(Worker worker)
    {
        foreach (var job in worker.Jobs().Skip(1).Reverse().ToArray())
        {
            if (worker.TryRevoke(job))
                queue.AddFirst(job);
        }
    }
}
