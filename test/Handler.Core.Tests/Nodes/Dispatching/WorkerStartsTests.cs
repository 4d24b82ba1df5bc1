using Handler.Nodes;
using Handler.Platform;

namespace Handler.Tests.Nodes;

/// <summary>How many workers are started, and what failed starts mean.</summary>
public sealed class WorkerStartsTests
{
    [Fact]
    public void Only_the_missing_workers_are_started()
    {
        var parts = new TestDispatch(static options => (options.MinWorkers, options.SpareWorkers) = (2, 1));
        parts.Starts.StartMissing();
        Assert.Equal(3, parts.Workers.All.Count);
        parts.Starts.StartMissing();
        Assert.Equal(3, parts.Workers.All.Count);
        Assert.All(parts.Workers.All, static worker => Assert.Equal(WorkerState.Starting, worker.State));
    }

    [Fact]
    public void Waiting_jobs_want_workers_up_to_the_maximum()
    {
        var parts = new TestDispatch(static options => options.MaxWorkers = 4);
        for (var attempt = 1; attempt <= 10; attempt++)
            parts.Workers.Queue.AddLast(new TestJob(attempt));
        parts.Starts.StartMissing();
        Assert.Equal(4, parts.Workers.All.Count);
    }

    [Fact]
    public void A_closing_node_starts_none()
    {
        var parts = new TestDispatch(static options => options.MinWorkers = 1);
        parts.Workers.Closing = true;
        parts.Starts.StartMissing();
        Assert.Empty(parts.Workers.All);
    }

    [Fact]
    public void After_a_failed_start_none_is_started_for_a_while_and_the_watchdog_knows_when()
    {
        var parts = new TestDispatch(static options => options.MinWorkers = 1);
        parts.Starts.Failed("no memory");
        parts.Starts.StartMissing();
        Assert.Empty(parts.Workers.All);
        Assert.Equal("no memory", parts.Starts.FailureReason);
        var next = Assert.Single(parts.Wakes);
        Assert.False(parts.Starts.AreAllowed(next - 1));
        Assert.True(parts.Starts.AreAllowed(next));
    }

    [Fact]
    public void The_first_failed_start_is_the_reason_why_none_is_ready()
    {
        var parts = new TestDispatch();
        parts.Starts.Failed(TestWorkers.New(), new ExitStatus(Code: 3, Signal: null, CpuNanoseconds: 0), "cannot load a library\n");
        parts.Threads.Outcomes.DoWaiting();
        var exception = Assert.Throws<AggregateException>(() => parts.Starts.FirstReady.Wait()).InnerException;
        Assert.Equal(
            "A worker process did not become ready: it exited with code 3. It was started as: worker --now. "
            + "It wrote: cannot load a library",
            Assert.IsType<WorkerStartException>(exception).Message);
    }

    [Fact]
    public void The_first_ready_worker_completes_the_start()
    {
        var parts = new TestDispatch();
        parts.Starts.Succeeded(TestWorkers.New());
        Assert.False(parts.Starts.FirstReady.IsCompleted); // its continuations run on the thread for outcomes
        parts.Threads.Outcomes.DoWaiting();
        Assert.True(parts.Starts.FirstReady.IsCompletedSuccessfully);
    }

    [Fact]
    public void More_workers_than_wanted_are_too_many()
    {
        var parts = new TestDispatch(static options => options.MinWorkers = 1);
        parts.AddIdle();
        Assert.False(parts.Starts.HasTooMany);
        parts.AddIdle();
        Assert.True(parts.Starts.HasTooMany);
    }
}
