using System.Runtime.CompilerServices;
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
    public void Waiting_jobs_cause_starts_up_to_MaxWorkers()
    {
        var parts = new TestDispatch(static options => options.MaxWorkers = 4);
        for (var attempt = 1; attempt <= 10; attempt++)
            parts.Workers.Queue.AddLast(new TestJob(attempt));
        parts.Starts.StartMissing();
        Assert.Equal(4, parts.Workers.All.Count);
    }

    [Fact]
    public void A_closing_node_starts_no_worker()
    {
        var parts = new TestDispatch(static options => options.MinWorkers = 1);
        parts.Workers.Totals.Closing = true;
        parts.Starts.StartMissing();
        Assert.Empty(parts.Workers.All);
    }

    [Fact]
    public void A_failed_start_pauses_starts_and_schedules_the_watchdog_for_the_next_one()
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
    public void The_first_failed_start_is_reported_if_no_worker_is_ready()
    {
        var parts = new TestDispatch();
        parts.Starts.Failed(TestWorkers.New(), new ExitStatus(Code: 3, Signal: null, CpuNanoseconds: 0), "cannot load a library\n");
        parts.Threads.Outcomes.DoWaiting();
        var exception = Assert.Throws<AggregateException>(() => parts.Group.Profile.FirstReady.Wait()).InnerException;
        Assert.Equal(
            "A worker process did not become ready: it exited with code 3. It was started as: worker --now. "
            + "It wrote: cannot load a library",
            Assert.IsType<WorkerStartException>(exception).Message);
    }

    [Fact]
    public void A_failed_start_for_which_nothing_waits_is_no_unobserved_exception()
    {
        var text = $"no memory {Guid.NewGuid()}";
        var unobserved = 0;
        EventHandler<UnobservedTaskExceptionEventArgs> count = (_, args) =>
        {
            if (args.Exception.ToString().Contains(text, StringComparison.Ordinal))
                unobserved++;
        };
        TaskScheduler.UnobservedTaskException += count;
        FailAndForget(text);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= count;
        Assert.Equal(0, unobserved);
    }

    [Fact]
    public void The_first_ready_worker_completes_the_start()
    {
        var parts = new TestDispatch();
        parts.Starts.Succeeded(TestWorkers.New());
        Assert.False(parts.Group.Profile.FirstReady.IsCompleted); // its continuations run on the thread for outcomes
        parts.Threads.Outcomes.DoWaiting();
        Assert.True(parts.Group.Profile.FirstReady.IsCompletedSuccessfully);
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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FailAndForget(string reason) => new TestDispatch().Group.Profile.SetFailed(reason);
}
