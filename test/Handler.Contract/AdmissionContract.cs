using Handler.BadJobs;

namespace Handler.Contract;

/// <summary>What one pool admits, and that the capacity of a job is released.</summary>
public abstract class AdmissionContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    [Fact]
    public async Task A_job_runs_through_a_pool()
    {
        var pool = await StartWithPoolAsync();
        Assert.Equal(42, (await RunShort(pool)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_pool_without_workers_admits_nothing()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 0);
        AssertReject(await RunShort(pool), "No workers available", RejectReason.NoWorkersAvailable, 1, 0, 0);
    }

    [Fact]
    public async Task Jobs_beyond_the_worker_limit_are_rejected_immediately()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 2);
        await using var first = await StartEndless(pool);
        await using var second = await StartEndless(pool);
        AssertReject(await RunShort(pool), "No workers available", RejectReason.NoWorkersAvailable, 1, 2, 2);
        Assert.False(first.Outcome.IsCompleted || second.Outcome.IsCompleted);
    }

    [Fact]
    public async Task MaxHeapBytes_of_a_job_is_reserved_and_jobs_beyond_the_memory_limit_are_rejected()
    {
        var pool = await StartWithPoolAsync(maxMemoryBytes: 10_000_000);
        await using var first = await StartEndless(pool, Unhurried with { MaxHeapBytes = 6_000_000 });
        await AssertUsed(pool, 1, 6_000_000);
        AssertReject(
            await RunShort(pool, Unhurried with { MaxHeapBytes = 4_000_001 }),
            "Not enough memory available",
            RejectReason.InsufficientMemory,
            4_000_001,
            6_000_000,
            10_000_000);
        Assert.True((await RunShort(pool, Unhurried with { MaxHeapBytes = 4_000_000 })).IsSuccess);
    }

    [Fact]
    public async Task Workers_are_checked_before_memory()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 0, maxMemoryBytes: 0);
        Assert.Equal(RejectReason.NoWorkersAvailable, Assert.IsType<JobRejected>((await RunShort(pool)).Failure).Reason);
    }

    [Fact]
    public async Task A_missing_pool_rejects_the_job()
    {
        await StartAsync();
        foreach (var name in new[] { "missing", "", " " })
        {
            var reject = Assert.IsType<JobRejected>((await RunShort(Handler.GetPool(name))).Failure);
            Assert.Equal((RejectReason.NoSuchPool, name), (reject.Reason, reject.Pool));
            Assert.Equal($"There is no pool named \"{name}\"", reject.Message);
            Assert.Equal(0, await Handler.GetPool(name).KillAllAsync());
            var missing = await Assert.ThrowsAsync<KeyNotFoundException>(() => Handler.GetPool(name).GetSnapshotAsync());
            Assert.Equal($"There is no pool named \"{name}\".", missing.Message);
        }
    }

    [Fact]
    public async Task A_job_that_is_not_admitted_never_starts()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 0);
        var sign = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        Assert.IsType<JobRejected>((await Soon(pool.RunAsync(() => File.WriteAllText(sign, ""), Unhurried), "a reject")).Failure);
        (await Soon(Handler.RunAsync(static () => 1), "a job without a pool")).ThrowIfFailed();
        Assert.False(File.Exists(sign));
    }

    [Fact]
    public async Task Pools_of_one_worker_admit_a_hundred_consecutive_jobs()
    {
        var (child, parent) = await StartWithChildAsync(childWorkers: 1, parentWorkers: 1);
        for (var i = 0; i < 100; i++)
            Assert.Equal(42, (await RunShort(child)).GetValueOrThrow());
        await AssertUsed(child, 0);
        await AssertUsed(parent, 0);
        var ended = (await parent.GetSnapshotAsync()).Totals.Outcomes;
        Assert.Equal((100, 100), ((await child.GetSnapshotAsync()).Totals.Admitted, ended[JobOutcomeKind.Completed]));
    }

    [Fact]
    public async Task The_share_of_a_job_is_free_before_its_caller_sees_any_kind_of_outcome()
    {
        var (child, parent) = await StartWithChildAsync(childWorkers: 1, parentWorkers: 1);
        await Ends<JobFailed>(static () => Exits.Throw("oh no"));
        await Ends<JobExited>(static () => Exits.Exit(1));
        await Ends<JobExited>(static () => Exits.StackOverflow());
        await Ends<JobTimedOut>(CpuHogs.TightLoop, Unhurried with { Timeout = TimeSpan.FromMilliseconds(20) });
        await Ends<JobOutOfMemory>(MemoryHogs.SmallArrays, Unhurried with { MaxHeapBytes = 1 << 20 });
        var ended = (await parent.GetSnapshotAsync()).Totals.Outcomes;
        Assert.Equal(
            (1, 2, 1, 1),
            (ended[JobOutcomeKind.Failed], ended[JobOutcomeKind.Exited], ended[JobOutcomeKind.TimedOut], ended[JobOutcomeKind.OutOfMemory])
        );

        async Task Ends<TFailure>(Action function, JobOptions? options = null)
        {
            Assert.IsType<TFailure>((await Soon(child.RunAsync(function, options ?? Unhurried), "the end of a job")).Failure);
            await AssertUsed(child, 0);
            await AssertUsed(parent, 0);
        }
    }

    [Fact]
    public async Task A_value_that_looks_like_an_error_is_a_value()
    {
        var pool = await StartWithPoolAsync();
        var outcome = await Soon(pool.RunAsync(static () => "No workers available", Unhurried), "a value");
        Assert.Equal("No workers available", outcome.GetValueOrThrow());
    }

    [Fact]
    public async Task Options_out_of_range_are_refused_and_nothing_is_held()
    {
        var pool = await StartWithPoolAsync();
        foreach (var options in new[]
            {
                new JobOptions { PoolTimeout = TimeSpan.Zero },
                new JobOptions { Wait = TimeSpan.FromTicks(-1) },
                new JobOptions { Name = " " },
                new JobOptions { MaxHeapBytes = 0 },
            })
            Assert.Contains(
                "it must be",
                (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pool.RunAsync(static () => 1, options))).Message);
        await Assert.ThrowsAsync<FunctionNotPortableException>(() => pool.RunAsync(Results.OpenStream));
        await AssertUsed(pool, 0);
    }

    [Fact]
    public async Task The_snapshot_lists_the_running_jobs()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 3);
        await using var job = await StartEndless(pool, Unhurried with { Name = "report", MaxHeapBytes = 5_000_000 });
        var now = await pool.GetSnapshotAsync();
        Assert.Equal((3, 1, 5_000_000L, 0), (now.MaxWorkers, now.UsedWorkers, now.UsedBytes, now.HeldWorkers));
        var running = Assert.Single(now.Running);
        Assert.Equal((job.Id, "report", 5_000_000L), (running.Job, running.Name, running.Bytes));
    }

    private static void AssertReject(JobOutcome<int> outcome, string message, RejectReason reason, long requested, long used, long limit)
    {
        var reject = Assert.IsType<JobRejected>(outcome.Failure);
        Assert.Equal(("pool", reason, requested, used, limit), (reject.Pool, reject.Reason, reject.Requested, reject.Used, reject.Limit));
        Assert.StartsWith(message, reject.Message);
        Assert.Null(outcome.Usage);
        var thrown = Assert.Throws<JobRejectedException>(() => outcome.GetValueOrThrow());
        Assert.Equal((requested, used, limit), (thrown.Failure.Requested, thrown.Failure.Used, thrown.Failure.Limit));
    }
}
