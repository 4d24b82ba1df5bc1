using System.Collections.Concurrent;
using System.Diagnostics;
using Handler.BadJobs;

namespace Handler.Contract;

/// <summary>Jobs that may wait for room.</summary>
public abstract class WaitingContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private static readonly JobOptions Patient = Unhurried with { Wait = TimeSpan.FromMinutes(1) };

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_waiting_job_gets_the_room_of_a_job_that_ends()
    {
        var (child, parent) = await StartWithChildAsync(parentWorkers: 1);
        var first = await StartEndless(parent);
        var waiting = child.RunAsync(static () => 42, Patient);
        await UntilWaiting(parent, 1);
        Assert.True(await first.KillAsync());
        Assert.Equal(42, (await Soon(waiting, "the job that waited")).GetValueOrThrow());
        await AssertUsed(child, 0);
        await AssertUsed(parent, 0);
    }

    [Fact]
    public async Task Waiting_jobs_are_admitted_by_priority_and_then_in_order_of_arrival()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 1);
        var first = await StartEndless(pool);
        var order = new ConcurrentQueue<string>();
        var waiting = new List<Task>();
        foreach (var (name, priority) in new[] { ("low", -1), ("one", 0), ("high", 5), ("two", 0), ("highest", 6), ("three", 0) })
        {
            waiting.Add(InTurn(pool, name, priority, order));
            await UntilWaiting(pool, waiting.Count);
        }

        Assert.True(await first.KillAsync());
        await Soon(Task.WhenAll(waiting), "all who waited");
        Assert.Equal(["highest", "high", "one", "two", "three", "low"], order);
    }

    [Fact]
    public async Task A_small_job_does_not_overtake_a_big_one_that_waits()
    {
        var pool = await StartWithPoolAsync(maxMemoryBytes: 10_000_000);
        var first = await StartEndless(pool, Unhurried with { MaxHeapBytes = 6_000_000 });
        var big = pool.RunAsync(static () => 1, Patient with { MaxHeapBytes = 8_000_000 });
        await UntilWaiting(pool, 1);
        var reject = Assert.IsType<JobRejected>((await RunShort(pool, Unhurried with { MaxHeapBytes = 1_000_000 })).Failure);
        Assert.Equal(
            (RejectReason.InsufficientMemory, 1_000_000L, 14_000_000L, 10_000_000L),
            (reject.Reason, reject.Requested, reject.Used, reject.Limit));
        Assert.Equal((1, 8_000_000L), (reject.Waiting, reject.Kept));
        Assert.StartsWith("Not enough memory available: other jobs wait ahead", reject.Message);
        var small = pool.RunAsync(static () => 2, Patient with { MaxHeapBytes = 1_000_000 });
        await UntilWaiting(pool, 2);
        Assert.False(big.IsCompleted || small.IsCompleted);
        Assert.True(await first.KillAsync());
        Assert.Equal([1, 2], (await Soon(Task.WhenAll(big, small), "both who waited")).Select(outcome => outcome.GetValueOrThrow()));
    }

    [Fact]
    public async Task A_job_is_rejected_with_the_numbers_if_the_queue_of_the_pool_is_full()
    {
        await StartAsync(options => options.AddPool("pool", pool => (pool.MaxWorkers, pool.MaxWaiting) = (1, 2)));
        var pool = Handler.GetPool("pool");
        var first = await StartEndless(pool);
        Task<JobOutcome<int>>[] waiting = [pool.RunAsync(static () => 1, Patient), pool.RunAsync(static () => 2, Patient)];
        await UntilWaiting(pool, 2);
        var reject = Assert.IsType<JobRejected>((await RunShort(pool, Patient)).Failure);
        Assert.Equal(
            ("pool", RejectReason.QueueFull, 1L, 2L, 2L),
            (reject.Pool, reject.Reason, reject.Requested, reject.Used, reject.Limit));
        Assert.StartsWith("The queue of pool pool is full: 2 jobs are waiting, 2 may wait", reject.Message);
        Assert.Equal(RejectReason.NoWorkersAvailable, Assert.IsType<JobRejected>((await RunShort(pool)).Failure).Reason);
        Assert.Equal(
            (1, 2),
            ((await pool.GetSnapshotAsync()).Totals.Rejected[RejectReason.QueueFull], (await pool.GetSnapshotAsync()).Waiting));
        Assert.True(await first.KillAsync());
        Assert.All(await Soon(Task.WhenAll(waiting), "all who waited"), outcome => Assert.True(outcome.IsSuccess));
    }

    [Fact]
    public async Task A_pool_with_MaxWaiting_0_rejects_a_job_that_would_wait()
    {
        await StartAsync(options => options.AddPool("pool", pool => (pool.MaxWorkers, pool.MaxWaiting) = (1, 0)));
        var pool = Handler.GetPool("pool");
        await using var first = await StartEndless(pool);
        var reject = Assert.IsType<JobRejected>((await RunShort(pool, Patient)).Failure);
        Assert.Equal((RejectReason.QueueFull, 0L, 0L), (reject.Reason, reject.Used, reject.Limit));
    }

    [Fact]
    public async Task A_job_whose_wait_has_expired_is_rejected_and_holds_no_share()
    {
        var (child, parent) = await StartWithChildAsync(parentWorkers: 1);
        await using var first = await StartEndless(parent);
        var reject = Assert.IsType<JobRejected>((await RunShort(child, Unhurried with { Wait = TimeSpan.FromMilliseconds(50) })).Failure);
        Assert.Equal(("parent", RejectReason.NoWorkersAvailable), (reject.Pool, reject.Reason));
        Assert.Equal(0, (await parent.GetSnapshotAsync()).Waiting);
        await AssertUsed(child, 0);
    }

    [Fact]
    public async Task Waiting_does_not_count_as_run_time_nor_against_the_pool_timeout()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 1);
        var first = await StartEndless(pool);
        var start = Stopwatch.GetTimestamp();
        var second = pool.RunAsync(static () => 42, Patient with { PoolTimeout = Moment });
        await UntilWaiting(pool, 1);
        var waiting = Stopwatch.GetTimestamp();
        await Until(() => Task.FromResult(Stopwatch.GetElapsedTime(waiting) > Moment), "the pool timeout to be over");
        var waited = Stopwatch.GetElapsedTime(waiting);
        Assert.True(await first.KillAsync());
        var outcome = await Soon(second, "the second job");
        Assert.Equal(42, outcome.GetValueOrThrow());
        Assert.True(outcome.Usage!.QueueTime >= waited, $"it waited {waited}: {outcome.Usage}");
        var took = Stopwatch.GetElapsedTime(start);
        Assert.True(outcome.Usage.QueueTime + outcome.Usage.RunTime <= took, $"it took {took}: {outcome.Usage}");
    }

    [Fact]
    public async Task An_infeasible_job_does_not_wait_in_any_pool_of_its_chain()
    {
        var (child, parent) = await StartWithChildAsync(parentBytes: 1_000_000);
        await using var first = await StartEndless(parent, Unhurried with { MaxHeapBytes = 600_000 });
        var never = Patient with { Wait = TimeSpan.FromDays(30), MaxHeapBytes = 1_000_001 };
        foreach (var pool in new[] { parent, child })
        {
            var reject = Assert.IsType<JobRejected>((await RunShort(pool, never)).Failure);
            Assert.Equal(
                ("parent", RejectReason.InsufficientMemory, 1_000_001L, 600_000L, 1_000_000L),
                (reject.Pool, reject.Reason, reject.Requested, reject.Used, reject.Limit));
        }

        await AssertUsed(child, 0);
        Assert.True(await Handler.TryAddPoolAsync("closed", Limits(0)));
        Assert.Equal(
            RejectReason.NoWorkersAvailable,
            Assert
                .IsType<JobRejected>((await RunShort(Handler.GetPool("closed"), Patient with { Wait = TimeSpan.FromDays(30) })).Failure)
                .Reason);
    }

    [Fact]
    public async Task A_job_that_is_infeasible_in_a_parent_does_not_wait_in_its_full_child()
    {
        var (child, parent) = await StartWithChildAsync(childWorkers: 1, parentBytes: 1_000_000);
        await using var first = await StartEndless(child, Unhurried with { MaxHeapBytes = 600_000 });
        var reject = Assert.IsType<JobRejected>(
            (await RunShort(child, Patient with { Wait = TimeSpan.FromDays(30), MaxHeapBytes = 1_000_001 })).Failure);
        Assert.Equal(
            ("parent", RejectReason.InsufficientMemory, 1_000_001L, 600_000L, 1_000_000L),
            (reject.Pool, reject.Reason, reject.Requested, reject.Used, reject.Limit));
        Assert.Equal(0, (await child.GetSnapshotAsync()).Waiting);
        await AssertUsed(parent, 1);
    }

    [Fact]
    public async Task An_infeasible_job_is_rejected_as_such_even_if_all_workers_are_busy()
    {
        await StartAsync(options => options.AddPool("pool", Limits(1, 20_000_000)));
        var pool = Handler.GetPool("pool");
        await using var first = await StartEndless(pool, Unhurried with { MaxHeapBytes = 1_000_000 });
        foreach (var wait in new[] { TimeSpan.Zero, TimeSpan.FromDays(30) })
        {
            var reject = Assert.IsType<JobRejected>(
                (await RunShort(pool, Unhurried with { MaxHeapBytes = 50_000_000, Wait = wait })).Failure);
            Assert.Equal(
                (RejectReason.InsufficientMemory, 50_000_000L, 1_000_000L, 20_000_000L),
                (reject.Reason, reject.Requested, reject.Used, reject.Limit));
        }
    }

    [Fact]
    public async Task A_job_with_several_parents_waits_at_the_first_that_lets_it_wait()
    {
        await StartAsync(options => options
            .AddPoolSelector("all", static (config, _) => config!.Split(' '))
            .AddPool("small", pool => (pool.MaxWorkers, pool.MaxMemoryBytes) = (1, 10_000_000))
            .AddPool("crowded", pool => (pool.MaxWorkers, pool.MaxWaiting) = (1, 0))
            .AddPool("narrow", Limits(1, parent: "tiny")).AddPool("tiny", Limits(10, 10_000_000))
            .AddPool("good", Limits(1))
            .AddPool("child", pool => (pool.MaxWorkers, pool.Selector, pool.SelectorConfig) = (10, "all", "small crowded narrow good")));
        var small = Unhurried with { MaxHeapBytes = 1_000_000 };
        var full = new List<JobHandle>();
        foreach (var pool in new[] { "small", "crowded", "narrow", "good" })
            full.Add(await StartEndless(Handler.GetPool(pool), small));
        var waiting = Handler.GetPool("child").RunAsync(static () => 42, Patient with { MaxHeapBytes = 20_000_000 });
        await UntilWaiting(Handler.GetPool("good"), 1);
        Assert.True(await full[^1].KillAsync());
        Assert.Equal(42, (await Soon(waiting, "the job that waited")).GetValueOrThrow());
        foreach (var job in full)
            await job.DisposeAsync();
    }

    [Fact]
    public async Task A_waiting_job_that_a_change_makes_infeasible_is_rejected_immediately()
    {
        var pool = await StartWithPoolAsync(maxMemoryBytes: 10_000_000);
        await using var first = await StartEndless(pool, Unhurried with { MaxHeapBytes = 6_000_000 });
        var waiting = pool.RunAsync(static () => 42, Patient with { Wait = TimeSpan.FromDays(30), MaxHeapBytes = 8_000_000 });
        await UntilWaiting(pool, 1);
        Assert.True(await Handler.TryUpdatePoolAsync("pool", options => options.MaxMemoryBytes = 7_000_000));
        var reject = Assert.IsType<JobRejected>((await Soon(waiting, "the end of the waiting")).Failure);
        Assert.Equal((RejectReason.InsufficientMemory, 8_000_000L, 7_000_000L), (reject.Reason, reject.Requested, reject.Limit));
    }

    [Fact]
    public async Task A_waiting_job_that_becomes_infeasible_in_a_parent_is_rejected()
    {
        var (child, _) = await StartWithChildAsync(childWorkers: 1);
        await using var first = await StartEndless(child, Unhurried with { MaxHeapBytes = 1_000_000 });
        var forLong = Patient with { Wait = TimeSpan.FromDays(30), MaxHeapBytes = 8_000_000 };
        var waiting = child.RunAsync(static () => 42, forLong);
        await UntilWaiting(child, 1);
        Assert.True(await Handler.TryUpdatePoolAsync("parent", options => options.MaxMemoryBytes = 7_000_000));
        var reject = Assert.IsType<JobRejected>((await Soon(waiting, "the end of the waiting")).Failure);
        Assert.Equal(
            ("parent", RejectReason.InsufficientMemory, 8_000_000L, 7_000_000L),
            (reject.Pool, reject.Reason, reject.Requested, reject.Limit));

        waiting = child.RunAsync(static () => 42, forLong with { MaxHeapBytes = 2_000_000 });
        await UntilWaiting(child, 1);
        Assert.True(await Handler.TryAddPoolAsync("smaller", Limits(1, 1_500_000)));
        Assert.True(await Handler.TryUpdatePoolAsync("child", options => options.Parent = "smaller"));
        Assert.Equal("smaller", Assert.IsType<JobRejected>((await Soon(waiting, "the end of the waiting")).Failure).Pool);
    }

    [Fact]
    public async Task A_cancelled_waiting_job_leaves_immediately_and_lets_the_jobs_behind_it_run()
    {
        var pool = await StartWithPoolAsync(maxMemoryBytes: 10_000_000);
        await using var first = await StartEndless(pool, Unhurried with { MaxHeapBytes = 6_000_000 });
        using var source = new CancellationTokenSource();
        var big = pool.RunAsync(CpuHogs.Sleep, Patient with { MaxHeapBytes = 8_000_000 }, source.Token);
        await UntilWaiting(pool, 1);
        var small = pool.RunAsync(static () => 42, Patient with { MaxHeapBytes = 1_000_000 });
        await UntilWaiting(pool, 2);
        await source.CancelAsync();
        Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>((await Soon(big, "the end of the waiting")).Failure).Cause);
        Assert.Equal(42, (await Soon(small, "the job behind it")).GetValueOrThrow());
        Assert.Equal((0, 1), ((await pool.GetSnapshotAsync()).Waiting, (await pool.GetSnapshotAsync()).UsedWorkers));
    }

    [Fact]
    public async Task A_kill_of_running_jobs_spares_the_waiting_jobs()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 1);
        var first = await StartEndless(pool, Unhurried with { Name = "report" });
        var waiting = pool.RunAsync(static () => 42, Patient with { Name = "report" });
        await UntilWaiting(pool, 1);
        Assert.Equal(1, await pool.KillAsync("report"));
        await AssertUserKilled(first);
        Assert.Equal(42, (await Soon(waiting, "the job that waited")).GetValueOrThrow());
    }

    private static Task UntilWaiting(IPool pool, int count)
        => Until(async () => (await pool.GetSnapshotAsync()).Waiting == count, $"{count} jobs to wait");

    /// <summary>Runs a job that holds the pool's only worker until its turn has been recorded.</summary>
    private static async Task InTurn(IPool pool, string name, int priority, ConcurrentQueue<string> order)
    {
        await using var job = await pool.StartAsync(CpuHogs.Sleep, Patient with { Priority = priority });
        order.Enqueue(name);
    }
}
