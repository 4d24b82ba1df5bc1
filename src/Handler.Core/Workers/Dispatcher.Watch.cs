using System.Diagnostics;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Workers;

/// <summary>What the watchdog looks at: deadlines, memory seen from outside, slow jobs with others behind them, idle workers.</summary>
internal sealed partial class Dispatcher
{
    /// <summary>A job that has run for this long gives up what was sent ahead behind it; in Stopwatch ticks (ns).</summary>
    private const long SlowAfter = 250_000;

    /// <summary>How often that is looked at while jobs wait or are sent ahead, in ns.</summary>
    private const long TickInterval = 500_000;

    /// <summary>A worker whose jobs all ran shorter than this is quick, in ns.</summary>
    private const long QuickRun = 50_000;

    /// <summary>How often a running job's resident memory is looked at from outside, in ns.</summary>
    private const long MemoryLookInterval = 50_000_000;

    /// <summary>After what time it is looked at first: most jobs have ended by then. In ns.</summary>
    private const long FirstMemoryLook = 2 * MemoryLookInterval;

    /// <summary>For how long no thread is lent after one had to be taken from its caller, in ns: he probably keeps the next one too, and a new thread costs more than a loan saves.</summary>
    private const long LoanPause = 1_000_000_000;

    /// <summary>The same after a loan that was not <see cref="ThreadLoan.Brief"/>: others may have waited meanwhile.</summary>
    public const long ShortLoanPause = 100_000_000;

    /// <summary>How often a worker may have the bytes of a request: in a buffer that has doubled, in the one before, and as values.</summary>
    private const long RequestCopies = 4;

    /// <summary>Looks at everything that is due.</summary>
    /// <returns>When to look again, in Stopwatch ticks.</returns>
    public long Check(long now)
    {
        var next = long.MaxValue;
        List<(IWorkerProcess, Job)>? sends;
        List<WorkerThread>? left = null;
        lock (gate)
        {
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
            thread.GoOn();
    }

    /// <summary>One worker that cannot be looked at is killed, and must not keep the others from being looked at.</summary>
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
            worker.KillFor(new Verdict.Lost($"Handler failed while it watched the worker: {exception.Message}"));
            return long.MaxValue;
        }
    }

    private long CheckStart(Worker worker, long now)
    {
        var deadline = worker.StartedAt + Ticks(Options.StartTimeout);
        if (now < deadline)
            return deadline;
        worker.KillFor(new Verdict.Lost($"The worker was not ready within HandlerOptions.StartTimeout ({Options.StartTimeout.TotalMilliseconds} ms)"));
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
        var first = true;
        foreach (var job in worker.Jobs())
        {
            var claim = worker.Claim(job);
            if (SharedPage.IsStartTime(claim))
            {
                next = Math.Min(next, CheckRunning(worker, job, StartOf(job, claim, now), claim, now));
                headIsSlow = now - claim > SlowAfter;
            }
            else if (claim < 0)
            {
                next = Math.Min(next, FirstLook(job, now));
                if (first)
                {
                    headIsSlow = now - job.SentAt > SlowAfter;
                    next = Math.Min(next, CheckUnclaimed(worker, job, now));
                }
            }
            else
            {
                next = Math.Min(next, CheckUnanswered(worker, job, claim, now));
            }

            first = false;
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

    /// <summary>When a job that starts about now must be looked at.</summary>
    private static long FirstLook(Job job, long now) => now + Math.Min(Ticks(job.Limits.Timeout), FirstMemoryLook);

    private long CheckRunning(Worker worker, Job job, long startedAt, long claim, long now)
    {
        var deadline = startedAt + Ticks(job.Limits.Timeout);
        if (now >= deadline)
        {
            worker.TryCondemn(job, claim, new Verdict.TimedOut(job.Limits.Timeout, TimeSpan.FromTicks((now - startedAt) / TimeSpan.NanosecondsPerTick)));
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
            LookAtMemory(worker, job, claim);
        }

        return Math.Min(next, worker.NextMemoryLook);
    }

    /// <summary>
    /// The worker's own guard measures exactly, but within the process that it guards. This is the coarse look from outside, for a
    /// job that keeps the guard from running.
    /// </summary>
    private void LookAtMemory(Worker worker, Job job, long claim)
    {
        var resident = worker.Process!.ResidentBytes();
        var growth = resident - worker.ReadyResident;
        if (growth > job.Limits.EffectiveResidentBytes + Options.Recycling.MaxGrowthBytes + (RequestCopies * job.Call.Length))
            worker.TryCondemn(job, claim, new Verdict.OutOfMemory(job.Limits.EffectiveResidentBytes, growth, MemoryLimitSource.Watchdog));
    }

    /// <summary>The first job of a worker that runs nothing ought to start at once. If it never does, the worker is stuck: another gets the job.</summary>
    private long CheckUnclaimed(Worker worker, Job job, long now)
    {
        var deadline = job.SentAt + Ticks(Options.StartTimeout);
        if (now < deadline)
            return deadline;
        worker.KillFor(new Verdict.Lost($"The worker did not take up a job within HandlerOptions.StartTimeout ({Options.StartTimeout.TotalMilliseconds} ms)"));
        return long.MaxValue;
    }

    /// <summary>
    /// A job whose claim says that it has finished is answered at once, or its worker is stuck: stopped by what the job left behind,
    /// say. Its time could have begun no earlier than it was sent, and ended no later than its timeout.
    /// </summary>
    private long CheckUnanswered(Worker worker, Job job, long claim, long now)
    {
        var deadline = job.SentAt + Ticks(job.Limits.Timeout) + Ticks(Options.StartTimeout);
        if (now < deadline)
            return deadline;
        worker.TryCondemn(job, claim, new Verdict.Lost($"The worker did not answer within HandlerOptions.StartTimeout ({Options.StartTimeout.TotalMilliseconds} ms) after the job had finished"));
        return long.MaxValue;
    }

    /// <summary>
    /// When a job started, as it was first seen: what the claim says later may have been written by the job, to put its deadline off.
    /// </summary>
    private static long StartOf(Job job, long claim, long now)
    {
        if (job.StartSeen == 0)
            job.StartSeen = Between(claim, job.SentAt, now);
        return job.StartSeen;
    }

    /// <summary>A time that a worker claims, kept within what can be. It may be later than the caller's reading of the clock.</summary>
    private static long Between(long claim, long earliest, long now) => Math.Clamp(claim, earliest, Math.Max(earliest, now));

    /// <summary>Takes back what was sent ahead behind the first job of a worker.</summary>
    private void GiveUpSentAhead(Worker worker)
    {
        foreach (var job in worker.Jobs().Skip(1).Reverse().ToArray())
        {
            if (worker.TryRevoke(job))
                queue.AddFirst(job);
        }
    }
}
