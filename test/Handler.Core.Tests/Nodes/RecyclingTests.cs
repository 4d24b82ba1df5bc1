using System.Diagnostics;
using Handler.BadJobs;
using Handler.Embedded;
using Handler.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Nodes;

/// <summary>When workers are replaced, and that callers do not notice it.</summary>
public sealed class RecyclingTests
{
    public static readonly TheoryData<string> LeftBehind = [.. Jobs.Keys];

    private static Dictionary<string, Func<int>> Jobs => new()
    {
        ["sleeping thread"] = Leftovers.SleepingThread,
        ["foreground thread"] = Leftovers.ForegroundThread,
        ["spinning thread"] = Leftovers.SpinningThread,
        ["ticking timer"] = Leftovers.TickingTimer,
        ["spinning task"] = Leftovers.SpinningTask,
        ["delay loop"] = Leftovers.DelayLoop,
        ["long-running task"] = Leftovers.LongRunningTask,
        ["queued tasks"] = Leftovers.QueuedTasks,
        ["child process"] = static () => Children.LeaveChild() > 0 ? 1 : 0,
        ["family of processes"] = static () => Children.LeaveFamily().Length - 2,
    };

    [Theory]
    [MemberData(nameof(LeftBehind))]
    public async Task A_worker_with_leftovers_of_a_job_is_replaced_and_the_job_still_completes(string kind)
    {
        await using var node = await TestNode.StartAsync(options => options.MaxWorkers = 1);
        var outcome = await node.Run(Jobs[kind]);
        Assert.Equal(1, outcome.GetValueOrThrow());
        var pid = outcome.Usage!.WorkerPid;
        await Wait.Until(() => ProcessTable.Find(pid) is null, "the worker stays although a job left something behind");
        Assert.NotEqual(pid, (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_job_that_finishes_its_threads_and_timers_keeps_its_worker()
    {
        var logger = new RecordingLogger();
        // No other worker can take the next job.
        await using var node = await TestNode.StartAsync(options => (options.MaxWorkers, options.SpareWorkers) = (1, 0), logger);
        var first = (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow();
        for (var i = 0; i < 20; i++)
        {
            var outcome = await Wait.For(node.Handler.RunAsync(static async () =>
            {
                var thread = new Thread(static () => Thread.SpinWait(1000));
                thread.Start();
                thread.Join();
                await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(static () => Thread.SpinWait(1000))));
                await Task.Delay(2);
                return Environment.ProcessId;
            }));
            Assert.True(first == outcome.GetValueOrThrow(), string.Join('\n', logger.Lines.Select(static line => line.Text)));
        }
    }

    [Fact]
    public async Task A_worker_with_leftovers_is_kept_if_OnLeftovers_is_off()
    {
        await using var node = await TestNode.StartAsync(options =>
            (options.MaxWorkers, options.SpareWorkers, options.Recycling.OnLeftovers) = (1, 0, false));
        var pids = new HashSet<int>();
        for (var i = 0; i < 5; i++)
            pids.Add((await node.Run(static () => Leftovers.SleepingThread() * Environment.ProcessId)).GetValueOrThrow());
        Assert.Single(pids);
    }

    [Fact]
    public async Task With_one_job_per_worker_each_job_runs_in_a_new_process()
    {
        await using var node = await TestNode.StartAsync(options => options.Recycling.MaxJobs = 1);
        var pids = new HashSet<int>();
        for (var i = 0; i < 10; i++)
            Assert.True(pids.Add((await node.Run(static () => Environment.ProcessId)).GetValueOrThrow()));
        var together = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => node.Run(static () => Environment.ProcessId)));
        Assert.All(together, outcome => Assert.True(pids.Add(outcome.GetValueOrThrow())));
    }

    [Fact]
    public async Task Jobs_complete_while_workers_are_recycled_by_number_of_jobs()
    {
        await using var node = await TestNode.StartAsync(options => (options.MaxWorkers, options.Recycling.MaxJobs) = (2, 20));
        await ResponsesUntilWorkersAre(node, 6);
    }

    [Fact]
    public async Task Jobs_complete_while_workers_are_recycled_by_age()
    {
        await using var node = await TestNode.StartAsync(options =>
            (options.MaxWorkers, options.SpareWorkers, options.Recycling.MaxAge) = (1, 0, TimeSpan.FromSeconds(1)));
        await ResponsesUntilWorkersAre(node, 3);
    }

    [Fact]
    public async Task The_watchdog_sleeps_while_a_replacement_starts()
    {
        var first = true;
        var platform = new ScriptedPlatform((worker, _) =>
        {
            if (first)
                worker.Respond(ResponseKind.Ready, default, []); // its replacement never reports that it is ready
            first = false;
        });
        var options = new HandlerOptions { MaxWorkers = 1, SpareWorkers = 0, StartTimeout = TimeSpan.FromSeconds(1) };
        options.Recycling.MaxAge = TimeSpan.FromSeconds(1);
        await using var node = await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        await Wait.Until(() => platform.Workers.Count >= 2, "a replacement to be started");
        var before = platform.Waits;
        await Wait.Until(() => platform.Workers[1].Kills > 0, "the replacement to be given up");
        Assert.InRange(platform.Waits - before, 0, 50);
    }

    [Fact]
    public async Task Memory_that_jobs_leave_in_statics_recycles_the_worker()
    {
        await using var node = await TestNode.StartAsync(options => (options.MaxWorkers, options.Recycling.MaxGrowthBytes) = (1, 20 << 20));
        var pids = new HashSet<int>();
        for (var i = 0; i < 10; i++)
        {
            var outcome = await node.Run(static () => Leftovers.StaticMemory(6));
            Assert.Equal(1, outcome.GetValueOrThrow());
            pids.Add(outcome.Usage!.WorkerPid);
        }

        Assert.InRange(pids.Count, 2, 5);
    }

    [Fact]
    public async Task Memory_left_by_earlier_jobs_does_not_count_for_the_next_job()
    {
        await using var node = await TestNode.StartAsync(options => options.MaxWorkers = 1);
        for (var i = 0; i < 4; i++)
            Assert.True((await node.Run(static () => Leftovers.StaticMemory(6))).IsSuccess);
        Assert.True((await node.Run(static () => WithinLimits.Hold90Percent(10 << 20))).IsSuccess);
    }

    [Fact]
    public async Task The_number_of_idle_workers_falls_to_MinWorkers_and_the_spare_workers()
    {
        using var folder = new TemporaryFolder();
        var release = folder.File("release");
        await using var node = await TestNode.StartAsync(options =>
        {
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (5, 1, 1);
            options.Recycling.IdleTimeout = TimeSpan.FromMilliseconds(300);
        });
        var jobs = Enumerable.Range(0, 5).Select(_ => node.Run(() => { SpinWait.SpinUntil(() => File.Exists(release)); })).ToArray();
        await Wait.Until(() => node.Workers().Count >= 5, "five workers for five jobs");
        await File.WriteAllTextAsync(release, "");
        await Task.WhenAll(jobs);
        await Wait.Until(() => node.Workers().Count == 2, () => $"there are still {node.Workers().Count} workers");
        Assert.True((await node.Run(static () => 1)).IsSuccess);
    }

    [Fact]
    public async Task A_handler_may_keep_no_worker_at_all()
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            (options.MinWorkers, options.SpareWorkers) = (0, 0);
            options.Recycling.IdleTimeout = TimeSpan.FromMilliseconds(200);
        });
        for (var i = 0; i < 2; i++)
        {
            Assert.True((await node.Run(static () => 1)).IsSuccess);
            await Wait.Until(() => node.Workers().Count == 0, "the last idle worker to go");
        }
    }

    [Fact]
    public async Task A_replacement_is_there_before_a_worker_retires()
    {
        await using var node = await TestNode.StartAsync(options =>
            (options.MaxWorkers, options.SpareWorkers, options.Recycling.MaxJobs) = (1, 1, 5));
        for (var i = 0; i < 50; i++)
        {
            Assert.True((await node.Run(static () => 1)).IsSuccess);
            Assert.NotEmpty(node.Workers());
        }
    }

    [Fact]
    public async Task An_idle_worker_killed_from_outside_is_replaced()
    {
        await using var node = await TestNode.StartAsync(options => options.MaxWorkers = 2);
        await Wait.Until(() => node.Workers().Count == 2, "two workers");
        var before = node.Workers();
        await TestNode.KillIdle(before);
        (await node.Run(static () => 1)).ThrowIfFailed();
        await Wait.Until(() => node.Workers().Count == 2, "two new workers");
        Assert.Empty(before.Intersect(node.Workers()));
    }

    /// <summary>Runs jobs, all of which must complete, until they have run in at least this number of workers.</summary>
    private static async Task ResponsesUntilWorkersAre(TestNode node, int workers)
    {
        var pids = new HashSet<int>();
        var start = Stopwatch.GetTimestamp();
        while (pids.Count < workers)
        {
            foreach (var outcome in await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => node.Run(static () => Environment.ProcessId))))
                pids.Add(outcome.GetValueOrThrow());
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 30, $"only {pids.Count} workers of {workers}");
        }
    }
}
