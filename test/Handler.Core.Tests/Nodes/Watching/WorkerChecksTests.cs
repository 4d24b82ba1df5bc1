using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Tests.Nodes;

/// <summary>The watchdog's checks of one worker, at times that the test chooses. All times in ns.</summary>
public sealed class WorkerChecksTests
{
    private const long Millisecond = 1_000_000, Second = 1000 * Millisecond;
    private const long Start = 100 * Second;

    private static readonly JobOptions OneSecond = new() { Timeout = TimeSpan.FromSeconds(1) };

    private readonly TestDispatch parts = new(static options => options.StartTimeout = TimeSpan.FromSeconds(10));

    [Fact]
    public void A_worker_that_is_not_ready_in_time_is_killed()
    {
        var worker = TestWorkers.New(parts.Workers, startedAt: Start);
        Assert.Equal(Start + (10 * Second), parts.Checks.Check(worker, Start));
        Assert.Null(worker.Kill);
        parts.Checks.Check(worker, Start + (10 * Second));
        Assert.Contains("was not ready within HandlerOptions.StartTimeout (10000 ms)", Assert.IsType<JobLost>(worker.Kill).Reason);
    }

    [Fact]
    public void An_idle_worker_retires_after_its_idle_time_if_it_is_not_wanted()
    {
        var worker = parts.AddIdle();
        var timeout = parts.Checks.Check(worker, worker.IdleSince);
        Assert.Null(worker.Retiring);
        Assert.Equal(long.MaxValue, parts.Checks.Check(worker, timeout));
        Assert.Equal("idle", worker.Retiring);
        Assert.Null(worker.Kill);
    }

    [Fact]
    public void An_idle_worker_that_is_wanted_stays()
    {
        var wanting = new TestDispatch(static options => options.MinWorkers = 1);
        var worker = wanting.AddIdle();
        var timeout = wanting.Checks.Check(worker, worker.IdleSince);
        Assert.True(wanting.Checks.Check(worker, timeout) > timeout);
        Assert.Null(worker.Retiring);
    }

    [Fact]
    public void An_old_worker_ages_and_retires_when_its_replacement_is_ready()
    {
        var aging = new TestDispatch(static options => options.MinWorkers = 1);
        var worker = aging.AddIdle(replaceAt: Start);
        aging.Checks.Check(worker, Start);
        Assert.True(worker.Ageing);
        Assert.Null(worker.Retiring);
        var replacement = Assert.Single(aging.Workers.All, each => each != worker);
        aging.Retirement.Ready(replacement);
        Assert.Equal("recycled", worker.Retiring);
        Assert.Same(replacement, aging.Workers.TakeIdle());
    }

    [Fact]
    public void A_job_that_runs_too_long_times_out()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = Running(job);
        Assert.True(parts.Checks.Check(worker, Start + Millisecond) <= Start + Second);
        parts.Checks.Check(worker, Start + Second - 1);
        Assert.Null(worker.Kill);
        parts.Checks.Check(worker, Start + Second);
        var late = Assert.IsType<JobTimedOut>(worker.Kill);
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)), (late.Limit, late.Elapsed));
    }

    [Fact]
    public void The_replacement_of_a_killed_worker_waits_for_its_exit_but_not_forever()
    {
        var worker = Running(new TestJob(1, options: OneSecond));
        var latest = parts.Checks.Check(worker, Start + Second);
        Assert.NotNull(worker.Kill);
        Assert.Equal(worker.DyingSince + Tuning.Workers.LongestExit, latest);
        parts.Checks.Check(worker, latest - 1);
        Assert.True(worker.IsStaying);
        Assert.Equal(long.MaxValue, parts.Checks.Check(worker, latest));
        Assert.False(worker.IsStaying);
    }

    [Fact]
    public void The_replacement_of_a_worker_killed_without_a_job_does_not_wait()
    {
        var worker = parts.AddIdle();
        worker.KillFor(new JobLost("its responses cannot be read"));
        Assert.False(worker.IsStaying);
    }

    [Fact]
    public void Time_in_the_queue_does_not_count_against_the_timeout()
    {
        var job = new TestJob(1, options: OneSecond); // was submitted at 0
        var worker = parts.AddBusy(Start, job);
        SetClaim(worker, job, Start + (5 * Second));
        parts.Checks.Check(worker, Start + (6 * Second) - 1);
        Assert.Null(worker.Kill);
        parts.Checks.Check(worker, Start + (6 * Second));
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.IsType<JobTimedOut>(worker.Kill).Elapsed);
    }

    [Fact]
    public void A_job_cannot_postpone_its_deadline_by_writing_a_later_start()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = Running(job);
        parts.Checks.Check(worker, Start + Millisecond);
        SetClaim(worker, job, Start + Second - 1);
        parts.Checks.Check(worker, Start + Second);
        Assert.IsType<JobTimedOut>(worker.Kill);
    }

    [Fact]
    public void A_job_whose_grace_period_is_over_is_killed_with_the_reason_of_its_cancellation()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = Running(job);
        var why = JobKilled.CallerCancelled();
        job.TryStop(why, immediately: false);
        job.KillAt = Start + (10 * Millisecond);
        parts.Checks.Check(worker, job.KillAt - 1);
        Assert.Null(worker.Kill);
        parts.Checks.Check(worker, job.KillAt);
        Assert.Same(why, worker.Kill);
    }

    [Fact]
    public void The_timeout_holds_within_the_grace_period()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = Running(job);
        job.TryStop(JobKilled.CallerCancelled(), immediately: false);
        job.KillAt = Start + (20 * Second);
        Assert.True(parts.Checks.Check(worker, Start + Second - 1) <= Start + Second);
        Assert.Null(worker.Kill);
        parts.Checks.Check(worker, Start + Second);
        Assert.IsType<JobTimedOut>(worker.Kill);
    }

    [Fact]
    public void A_worker_whose_memory_is_far_above_the_limit_is_killed()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = Running(job);
        var limit = worker.MemoryLimitOf(job) + Tuning.Watch.MemorySlack;
        var process = TestWorkers.ProcessOf(worker);
        process.Resident = () => limit;
        parts.Checks.Check(worker, Start + Tuning.Watch.FirstMemoryCheck);
        Assert.Null(worker.Kill);
        process.Resident = () => limit + 1;
        parts.Checks.Check(worker, Start + Tuning.Watch.FirstMemoryCheck + Tuning.Watch.MemoryInterval - 1);
        Assert.Null(worker.Kill); // not yet due
        parts.Checks.Check(worker, Start + Tuning.Watch.FirstMemoryCheck + Tuning.Watch.MemoryInterval);
        Assert.Equal(MemoryLimitSource.Watchdog, Assert.IsType<JobOutOfMemory>(worker.Kill).Source);
        Assert.Equal(limit + 1, job.Watched.PeakMemory);
    }

    [Fact]
    public unsafe void The_worker_of_a_long_running_job_is_shown_at_each_check_that_its_node_is_responsive()
    {
        var worker = Running(new TestJob(1, options: OneSecond));
        var first = Start + Tuning.Watch.FirstMemoryCheck;
        parts.Checks.Check(worker, first - 1);
        Assert.Equal(0, worker.Process!.Page->OwnerSeenAt);
        foreach (var time in new[] { first, first + Tuning.Watch.MemoryInterval })
        {
            parts.Checks.Check(worker, time);
            Assert.Equal(time, worker.Process.Page->OwnerSeenAt);
        }
    }

    [Fact]
    public void The_CPU_time_of_a_long_running_job_is_read_once()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = Running(job);
        var process = TestWorkers.ProcessOf(worker);
        process.Cpu = 5 * Millisecond;
        parts.Checks.Check(worker, Start + Tuning.Watch.FirstMemoryCheck);
        process.Cpu = 90 * Millisecond;
        parts.Checks.Check(worker, Start + Tuning.Watch.FirstMemoryCheck + Tuning.Watch.MemoryInterval);
        Assert.Equal(85 * Millisecond, worker.Cpu.Of(job, said: 0, total: 90 * Millisecond, own: 0, most: long.MaxValue));
    }

    [Fact]
    public void The_memory_of_started_processes_counts()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = Running(job);
        job.Watched.Started = new SessionUse(1, 1L << 40, 0);
        parts.Checks.Check(worker, Start + Tuning.Watch.FirstMemoryCheck);
        Assert.IsType<JobOutOfMemory>(worker.Kill);
    }

    [Fact]
    public void The_memory_of_processes_that_an_earlier_job_has_started_does_not_count()
    {
        var earlier = new TestJob(1, options: OneSecond);
        var worker = Running(earlier);
        earlier.Watched.Started = new SessionUse(1, 1L << 40, 0);
        worker.RemoveEnded(earlier, Start);
        var job = new TestJob(2, options: OneSecond);
        worker.Assign(job, Start);
        SetClaim(worker, job, Start);
        parts.Checks.Check(worker, Start + Tuning.Watch.FirstMemoryCheck);
        Assert.Null(worker.Kill);
    }

    [Fact]
    public void A_job_that_has_used_its_CPU_time_times_out()
    {
        var job = new TestJob(1, options: new JobOptions { CpuTime = TimeSpan.FromMilliseconds(100) });
        var worker = Running(job);
        var process = TestWorkers.ProcessOf(worker);
        process.Cpu = 90 * Millisecond;
        Assert.True(parts.Checks.Check(worker, Start + (50 * Millisecond)) <= Start + (60 * Millisecond));
        Assert.Null(worker.Kill);
        process.Cpu = 100 * Millisecond;
        parts.Checks.Check(worker, Start + (60 * Millisecond));
        var late = Assert.IsType<JobTimedOut>(worker.Kill);
        Assert.Equal(TimeLimitClock.CpuTime, late.Clock);
        Assert.Equal((TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100)), (late.Limit, late.Elapsed));
    }

    [Fact]
    public void The_CPU_time_before_a_job_is_not_its_own()
    {
        var job = new TestJob(1, options: new JobOptions { CpuTime = TimeSpan.FromMilliseconds(100) });
        var worker = parts.AddIdle();
        Assert.Same(worker, parts.Workers.TakeIdle());
        var process = TestWorkers.ProcessOf(worker);
        (process.Cpu, process.EndedCpu) = (5 * Second, 3 * Second);
        worker.Assign(job, Start);
        SetClaim(worker, job, Start);
        job.Watched.Started = new SessionUse(1, 0, 3 * Second);
        parts.Checks.Check(worker, Start + Millisecond);
        Assert.Null(worker.Kill);
        job.Watched.Started = new SessionUse(1, 0, (3 * Second) + (100 * Millisecond));
        parts.Checks.Check(worker, Start + (2 * Millisecond));
        Assert.IsType<JobTimedOut>(worker.Kill);
    }

    [Fact]
    public unsafe void The_worker_says_what_earlier_processes_have_used_if_the_node_could_not_read_it()
    {
        var job = new TestJob(1, options: new JobOptions { CpuTime = TimeSpan.FromMilliseconds(100) });
        var worker = parts.AddIdle();
        Assert.Same(worker, parts.Workers.TakeIdle());
        TestWorkers.ProcessOf(worker).EndedCpu = -1;
        worker.Assign(job, Start);
        SetClaim(worker, job, Start);
        worker.Process!.Page->EndedCpuAtStart = 3 * Second;
        TestWorkers.ProcessOf(worker).Cpu = Millisecond;
        job.Watched.Started = new SessionUse(1, 0, 3 * Second);
        parts.Checks.Check(worker, Start + Millisecond);
        Assert.Null(worker.Kill);
    }

    [Fact]
    public void A_job_with_a_CPU_limit_shares_its_worker_with_no_other()
    {
        Assert.True(new TestJob(1).Shares);
        Assert.False(new TestJob(1, options: new JobOptions { CpuTime = TimeSpan.FromSeconds(1) }).Shares);
    }

    [Fact]
    public void A_job_with_more_processes_than_allowed_is_ended()
    {
        var job = new TestJob(1, options: OneSecond with { MaxProcesses = 2 });
        var worker = Running(job);
        job.Watched.Started = new SessionUse(2, 0, 0);
        parts.Checks.Check(worker, Start + Tuning.Watch.FirstMemoryCheck);
        Assert.Null(worker.Kill);
        job.Watched.Started = new SessionUse(3, 0, 0);
        parts.Checks.Check(worker, Start + (2 * Tuning.Watch.FirstMemoryCheck));
        Assert.Equal(new JobLimitExceeded(CountedLimit.MaxProcesses, 2, 3, LimitEnforcer.Watchdog), worker.Kill);
        Assert.Equal(3, job.Watched.PeakProcesses);
    }

    [Fact]
    public void A_job_with_processes_is_checked_more_often()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = Running(job);
        const long First = Start + Tuning.Watch.FirstMemoryCheck;
        Assert.Equal(First + Tuning.Watch.MemoryInterval, parts.Checks.Check(worker, First));
        job.Watched.Started = new SessionUse(1, 0, 0);
        const long Second = First + Tuning.Watch.MemoryInterval;
        Assert.Equal(Second + Tuning.Watch.ProcessInterval, parts.Checks.Check(worker, Second));
    }

    [Fact]
    public void Jobs_behind_a_slow_one_are_taken_back()
    {
        Job[] jobs = [new TestJob(1, options: OneSecond), new TestJob(2), new TestJob(3)];
        var worker = Running(jobs);
        parts.SendAhead.SetQuick(worker, true);
        const long Limit = Start + Tuning.SendAhead.SlowRun;
        Assert.Equal(Limit + Tuning.SendAhead.CheckInterval, parts.Checks.Check(worker, Limit));
        Assert.Equal(3, worker.JobCount);
        parts.Checks.Check(worker, Limit + 1);
        Assert.Equal([2, 3], parts.Workers.TakeQueue().Select(job => job.Attempt));
        Assert.False(worker.Quick);
    }

    [Fact]
    public void A_worker_that_never_starts_its_first_job_is_killed()
    {
        var worker = parts.AddBusy(Start, new TestJob(1, options: OneSecond));
        parts.Checks.Check(worker, Start + (10 * Second) - 1);
        Assert.Null(worker.Kill);
        parts.Checks.Check(worker, Start + (10 * Second));
        Assert.Contains("did not start a job within", Assert.IsType<JobLost>(worker.Kill).Reason);
        Assert.Equal(0, worker.KilledAttempt); // another worker gets the job
    }

    [Fact]
    public void A_job_that_was_read_and_never_reported_as_started_gets_no_more_than_its_timeout()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = parts.AddBusy(Start, job);
        job.SentAfter = 0;
        TestWorkers.ProcessOf(worker).Reads = true;
        parts.Checks.Check(worker, Start + Second + Tuning.Watch.TimeToClaim - 1);
        Assert.Null(worker.Kill);
        parts.Checks.Check(worker, Start + Second + Tuning.Watch.TimeToClaim);
        Assert.Contains("did not report its start", Assert.IsType<JobLost>(worker.Kill).Reason);
        Assert.Equal(1, worker.KilledAttempt);
    }

    [Fact]
    public void A_finished_job_whose_reply_does_not_arrive_times_out()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = parts.AddBusy(Start, job);
        SetClaim(worker, job, SharedPage.Finished);
        parts.Checks.Check(worker, Start + Second + Tuning.Watch.TimeToRespond - 1);
        Assert.Null(worker.Kill);
        parts.Checks.Check(worker, Start + Second + Tuning.Watch.TimeToRespond);
        Assert.IsType<JobTimedOut>(worker.Kill);
    }

    [Fact]
    public void A_finished_job_whose_reply_has_arrived_does_not_time_out()
    {
        var job = new TestJob(1, options: OneSecond);
        var worker = parts.AddBusy(Start, job);
        SetClaim(worker, job, SharedPage.Finished);
        TestWorkers.ProcessOf(worker).Write([1]); // not read yet
        parts.Checks.Check(worker, Start + Second + Tuning.Watch.TimeToRespond);
        Assert.Null(worker.Kill);
    }

    [Fact]
    public void A_failed_check_kills_only_its_worker()
    {
        var worker = Running(new TestJob(1, options: OneSecond));
        TestWorkers.ProcessOf(worker).Resident = static () => throw new IOException("no such file");
        Assert.Equal(long.MaxValue, parts.Checks.Check(worker, Start + Tuning.Watch.FirstMemoryCheck));
        Assert.Contains("no such file", Assert.IsType<JobLost>(worker.Kill).Reason);
        Assert.Equal([1005], parts.Logger.Lines.Select(static line => line.Id));
    }

    /// <summary>A worker whose first job started when it was assigned.</summary>
    private Worker Running(params Job[] jobs)
    {
        var worker = parts.AddBusy(Start, jobs);
        SetClaim(worker, jobs[0], Start);
        return worker;
    }

    private static unsafe void SetClaim(Worker worker, Job job, long claim) => worker.Process!.Page->Claims[job.Slot] = claim;
}
