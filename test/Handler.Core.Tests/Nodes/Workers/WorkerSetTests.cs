using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>Which workers are idle and busy.</summary>
public sealed class WorkerSetTests
{
    private readonly WorkerSet workers = TestWorkers.NewSet(maxBusy: 2);

    [Fact]
    public void The_worker_that_was_used_last_is_taken_first()
    {
        var (first, last) = (AddIdle(), AddIdle());
        Assert.Same(last, workers.TakeIdle());
        Assert.Same(first, workers.TakeIdle());
        Assert.Null(workers.TakeIdle());
    }

    [Fact]
    public void No_more_workers_are_busy_than_allowed()
    {
        AddIdle();
        var (second, third) = (AddIdle(), AddIdle());
        Assert.Same(third, Take());
        Assert.Same(second, Take());
        Assert.Equal(2, workers.Busy);
        Assert.False(workers.HasIdle); // the spare one must not be taken
        Assert.Null(workers.TakeIdle());
        workers.MakeIdle(third);
        Assert.True(workers.HasIdle);
        Assert.Equal(1, workers.Busy);
        Assert.Same(third, workers.TakeIdle());
    }

    [Fact]
    public async Task A_worker_whose_thread_is_kept_by_a_continuation_is_taken_last()
    {
        var other = AddIdle();
        var kept = AddIdle();
        await Task.Factory.StartNew(() => kept.Inline.Begin(now: 0), TaskCreationOptions.LongRunning);
        Assert.Same(other, workers.TakeIdle());
        Assert.Same(kept, workers.TakeIdle());
    }

    [Fact]
    public void A_worker_that_is_dismissed_is_killed_and_gets_no_job()
    {
        var worker = AddIdle();
        workers.Dismiss(worker, "idle");
        Assert.Equal(("idle", 1), (worker.Retiring, TestWorkers.ProcessOf(worker).Kills));
        Assert.Null(workers.TakeIdle());
        Assert.Same(worker, Assert.Single(workers.All)); // until it is reaped
        Assert.True(workers.Remove(worker));
        Assert.False(workers.Remove(worker));
        Assert.Empty(workers.All);
    }

    [Fact]
    public void A_busy_worker_that_is_dismissed_or_removed_is_no_longer_busy()
    {
        AddIdle();
        AddIdle();
        var (dismissed, removed) = (Take(), Take());
        workers.Dismiss(dismissed, "recycled");
        Assert.Equal(1, workers.Busy);
        workers.Remove(removed);
        Assert.Equal(0, workers.Busy);
        workers.Remove(dismissed);
        Assert.Equal(0, workers.Busy);
    }

    [Fact]
    public void The_node_is_quiet_if_nothing_runs_or_waits()
    {
        Assert.True(workers.Totals.IsQuiet);
        workers.Queue.AddLast(new TestJob(1));
        Assert.False(workers.Totals.IsQuiet);
        Assert.True(Assert.Single(workers.TakeQueue()).Decided);
        Assert.True(workers.Totals.IsQuiet);
        AddIdle();
        Take();
        Assert.False(workers.Totals.IsQuiet);
    }

    private Worker AddIdle()
    {
        var worker = TestWorkers.New(workers);
        workers.Add(worker);
        workers.MakeIdle(worker);
        return worker;
    }

    /// <summary>Takes an idle worker and gives it a job.</summary>
    private Worker Take()
    {
        var worker = workers.TakeIdle()!;
        worker.Assign(new TestJob(1), now: 0);
        return worker;
    }
}
