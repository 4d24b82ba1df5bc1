using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Wire;

namespace Handler.Tests.Nodes;

/// <summary>When a worker without a job stays, and when it is replaced.</summary>
public sealed class WorkerRetirementTests
{
    private readonly TestDispatch parts = new();

    private WorkerRetirement Retirement => parts.Retirement;

    [Fact]
    public void A_ready_worker_is_idle_and_the_watchdog_looks_when_it_has_been_idle_for_long()
    {
        var parts = new TestDispatch(static options => options.Recycling.IdleTimeout = TimeSpan.FromSeconds(2));
        var worker = parts.AddStarting();
        parts.Retirement.Ready(worker);
        Assert.Equal((WorkerState.Idle, true), (worker.State, parts.Workers.HasIdle));
        Assert.Equal(worker.IdleSince + StopwatchTime.Ticks(TimeSpan.FromSeconds(2)), Assert.Single(parts.Wakes));
    }

    [Fact]
    public void The_watchdog_looks_earlier_at_a_worker_that_is_to_be_replaced_earlier()
    {
        var worker = TestWorkers.New(parts.Workers, replaceAt: 7);
        parts.Workers.Add(worker);
        Retirement.Ready(worker);
        Assert.Equal(7, Assert.Single(parts.Wakes));
    }

    [Fact]
    public void A_ready_worker_replaces_one_ageing_worker()
    {
        var (first, second) = (Aged(parts.AddIdle()), Aged(parts.AddIdle()));
        Retirement.Ready(parts.AddStarting());
        Assert.Equal(("recycled", 1), (first.Retiring, TestWorkers.ProcessOf(first).Kills));
        Assert.Equal((null, 0), (second.Retiring, TestWorkers.ProcessOf(second).Kills));
        Retirement.Ready(parts.AddStarting());
        Assert.Equal(("recycled", 1), (second.Retiring, TestWorkers.ProcessOf(first).Kills));
    }

    [Fact]
    public void An_ageing_worker_that_is_busy_ends_only_when_it_has_no_job_left()
    {
        var job = new TestJob(1);
        var worker = Aged(parts.AddBusy(0, job));
        Retirement.Ready(parts.AddStarting());
        Assert.Equal(("recycled", 0), (worker.Retiring, TestWorkers.ProcessOf(worker).Kills));
        worker.Remove(job);
        Retirement.NoJobLeft(worker);
        Assert.Equal((1, 0), (TestWorkers.ProcessOf(worker).Kills, parts.Workers.Busy));
    }

    [Fact]
    public void A_busy_worker_without_a_job_becomes_idle_and_is_no_longer_quick()
    {
        var worker = parts.AddBusyWithoutJob();
        parts.SendAhead.SetQuick(worker, true);
        Retirement.NoJobLeft(worker);
        Assert.Equal((WorkerState.Idle, false, 0), (worker.State, worker.Quick, parts.Workers.Busy));
        Assert.Equal(0, TestWorkers.ProcessOf(worker).Kills);
    }

    [Fact]
    public void The_jobs_that_a_retiring_worker_has_not_started_return_to_the_front_of_the_queue()
    {
        Job[] jobs = [new TestJob(1), new TestJob(2), new TestJob(3)];
        var worker = parts.AddBusy(0, jobs);
        TestWorkers.ProcessOf(worker).Claim(new RequestHead { Slot = (byte)jobs[0].Slot, Attempt = 1 });
        parts.Enqueue(new TestJob(4));
        Retirement.Retire(worker, "leftovers");
        Assert.Same(jobs[0], Assert.Single(worker.Jobs()));
        Assert.Equal([2, 3, 4], parts.Workers.TakeQueue().Select(job => job.Attempt));
        Assert.Equal(("leftovers", 0), (worker.Retiring, TestWorkers.ProcessOf(worker).Kills));
    }

    [Fact]
    public void A_retiring_worker_without_a_started_job_ends_and_a_replacement_starts()
    {
        var worker = parts.AddBusy(0, new TestJob(1));
        Retirement.Retire(worker, "leftovers");
        Assert.Equal(1, TestWorkers.ProcessOf(worker).Kills);
        Assert.Equal([WorkerState.Starting], parts.Workers.All.Where(each => each != worker).Select(each => each.State));
    }

    [Fact]
    public void The_first_reason_to_retire_is_kept()
    {
        var worker = parts.AddIdle();
        Retirement.Retire(worker, "first");
        Retirement.Retire(worker, "second");
        Assert.Equal("first", worker.Retiring);
    }

    [Fact]
    public void A_worker_ages_once_and_its_replacement_starts()
    {
        var parts = new TestDispatch(static options => options.MinWorkers = 1);
        var worker = parts.AddIdle();
        parts.Retirement.Age(worker, now: 5);
        Assert.Equal((true, null), (worker.Ageing, worker.Retiring));
        Assert.Equal(2, parts.Workers.All.Count);
        Assert.Contains(5, parts.Wakes);
        var wakes = parts.Wakes.Count;
        parts.Retirement.Age(worker, now: 6);
        Assert.Equal((2, wakes), (parts.Workers.All.Count, parts.Wakes.Count));
    }

    [Fact]
    public void A_worker_for_one_job_does_not_wait_for_its_replacement()
    {
        var worker = parts.AddIdle(jobsAllowed: 1);
        Retirement.Age(worker, now: 5);
        Assert.Equal("one job per process", worker.Retiring);
    }

    [Fact]
    public void An_idle_worker_for_one_job_ends_when_it_ages()
    {
        var worker = parts.AddIdle(jobsAllowed: 1);
        Retirement.Age(worker, now: 5);
        Assert.Equal(1, TestWorkers.ProcessOf(worker).Kills);
        Assert.False(parts.Workers.HasUnused);
    }

    [Fact]
    public void An_idle_worker_that_ages_ends_if_it_need_not_be_replaced()
    {
        var worker = parts.AddIdle();
        Retirement.Age(worker, now: 5);
        Assert.Equal(("recycled", 1), (worker.Retiring, TestWorkers.ProcessOf(worker).Kills));
        Assert.Same(worker, Assert.Single(parts.Workers.All));
    }

    [Fact]
    public void An_ageing_worker_ends_when_it_is_idle_and_no_longer_needs_to_be_replaced()
    {
        var job = new TestJob(1);
        var worker = parts.AddBusy(0, job);
        Retirement.Age(worker, now: 5);
        var replacement = Assert.Single(parts.Workers.All, each => each != worker);
        worker.Remove(job);
        Retirement.NoJobLeft(worker);
        Retirement.Age(worker, now: 6);
        Assert.Null(worker.Retiring); // the replacement is starting
        parts.Workers.Remove(replacement);
        replacement.State = WorkerState.Exited;
        parts.Checks.Check(worker, now: 7);
        Assert.Equal("recycled", worker.Retiring);
    }

    [Fact]
    public void An_ageing_worker_stays_while_no_worker_can_be_started()
    {
        parts.Starts.Failed("no memory");
        var worker = parts.AddIdle();
        Retirement.Age(worker, parts.Wakes.Last() - 1);
        Assert.Null(worker.Retiring);
        Retirement.Age(worker, parts.Wakes.Max());
        Assert.Equal("recycled", worker.Retiring);
    }

    [Fact]
    public void An_idle_worker_ends_only_if_there_are_too_many()
    {
        var parts = new TestDispatch(static options => options.MinWorkers = 1);
        var wanted = parts.AddIdle();
        Assert.False(parts.Retirement.TryEndIdle(wanted));
        var extra = parts.AddIdle();
        Assert.True(parts.Retirement.TryEndIdle(extra));
        Assert.Equal(("idle", 1), (extra.Retiring, TestWorkers.ProcessOf(extra).Kills));
        Assert.False(parts.Retirement.TryEndIdle(wanted));
        Assert.Equal(0, TestWorkers.ProcessOf(wanted).Kills);
    }

    [Fact]
    public void An_ageing_worker_waits_for_its_replacement_although_it_is_idle()
    {
        parts.AddIdle();
        var worker = Aged(parts.AddIdle());
        Assert.True(parts.Starts.HasTooMany);
        Assert.False(Retirement.TryEndIdle(worker));
    }

    private static Worker Aged(Worker worker)
    {
        worker.Ageing = true;
        return worker;
    }
}
