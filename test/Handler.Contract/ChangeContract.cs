namespace Handler.Contract;

/// <summary>The options of pools, at the start and while they run.</summary>
public abstract class ChangeContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    [Fact]
    public async Task A_pool_whose_name_differs_from_anothers_by_case_only_is_refused()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 3);
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => Handler.TryAddPoolAsync("POOL"));
        Assert.Contains("POOL and pool differ by case only", refusal.Message);
        Assert.Equal(3, (await pool.GetSnapshotAsync()).MaxWorkers);
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Handler.GetPool("POOL").GetSnapshotAsync());
        Assert.Equal("pool", (await Soon(pool.RunAsync(static () => "pool", Unhurried), "a job")).GetValueOrThrow());
    }

    [Fact]
    public async Task All_errors_of_all_pools_are_reported_at_the_start()
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(options => options
            .AddPool("a", Limits(1, parent: "b")).AddPool("b", Limits(1, parent: "a")).AddPool("orphan", Limits(1, parent: "missing"))
            .AddPool("negative", Limits(-1)).AddPool("lost", pool => pool.Selector = "unknown")));
        Assert.All(
            [
                "a → b → a",
                "Pool orphan: Parent names missing",
                "Pool negative: MaxWorkers is -1; it must be between 0 and 1000000",
                "Pool lost: no selector is registered as unknown",
            ],
            error => Assert.Contains(error, exception.Message));
    }

    [Fact]
    public async Task The_defaults_are_a_hundred_workers_and_ten_gibibytes()
    {
        await StartAsync(options => options.AddPool("pool"));
        var now = await Handler.GetPool("pool").GetSnapshotAsync();
        Assert.Equal((100, 10L << 30), (now.MaxWorkers, now.MaxMemoryBytes));
    }

    [Fact]
    public async Task A_pool_is_added_while_others_run()
    {
        var parent = await StartWithPoolAsync(maxWorkers: 1);
        Assert.True(await Handler.TryAddPoolAsync("new", Limits(5, parent: "pool")));
        Assert.False(await Handler.TryAddPoolAsync("new"));
        await using var job = await StartEndless(Handler.GetPool("new"));
        await AssertUsed(parent, 1);
    }

    [Fact]
    public async Task A_change_that_creates_a_cycle_of_pools_is_refused_and_changes_nothing()
    {
        var (child, parent) = await StartWithChildAsync();
        Assert.Contains(
            "child → parent → child",
            (
                await Assert.ThrowsAnyAsync<ArgumentException>(() => Handler.TryUpdatePoolAsync("parent", pool => pool.Parent = "child"))
            ).Message);
        Assert.Contains(
            "missing",
            (await Assert.ThrowsAnyAsync<ArgumentException>(() => Handler.TryAddPoolAsync("new", Limits(1, parent: "missing")))).Message);
        Assert.False(await Handler.TryUpdatePoolAsync("missing", pool => pool.MaxWorkers = 1));
        Assert.True((await RunShort(child)).IsSuccess);
        await AssertUsed(parent, 0);
    }

    [Fact]
    public async Task A_lower_limit_kills_nothing_and_stops_admission()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 2);
        await using var first = await StartEndless(pool);
        await using var second = await StartEndless(pool);
        Assert.True(await Handler.TryUpdatePoolAsync("pool", options => options.MaxWorkers = 1));
        Assert.Equal(
            (1, 2),
            (Assert.IsType<JobRejected>((await RunShort(pool)).Failure).Limit, (await pool.GetSnapshotAsync()).UsedWorkers));
        Assert.True(await Handler.TryUpdatePoolAsync("pool", options => options.MaxWorkers = 3));
        Assert.True((await RunShort(pool)).IsSuccess);
        Assert.False(first.Outcome.IsCompleted || second.Outcome.IsCompleted);
    }

    [Fact]
    public async Task Concurrent_changes_of_a_pool_are_both_applied()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 1);
        var calls = 0;
        var change = Handler.TryUpdatePoolAsync("pool", options =>
        {
            if (calls++ == 0)
                Assert.True(Task.Run(() => Handler.TryUpdatePoolAsync("pool", static other => other.MaxWorkers = 3)).Result);
            options.MaxMemoryBytes = 5_000_000_000;
        });
        Assert.True(await Soon(change, "a change that waits for another"));
        var now = await pool.GetSnapshotAsync();
        Assert.Equal((3, 5_000_000_000, 2), (now.MaxWorkers, now.MaxMemoryBytes, calls));
    }

    [Fact]
    public async Task A_removed_pool_admits_nothing_but_its_running_jobs_continue()
    {
        var (child, parent) = await StartWithChildAsync();
        var job = await StartEndless(child);
        Assert.True(await Handler.RemovePoolAsync("child"));
        Assert.False(await Handler.RemovePoolAsync("child"));
        Assert.Equal(RejectReason.NoSuchPool, Assert.IsType<JobRejected>((await RunShort(child)).Failure).Reason);
        await AssertUsed(parent, 1);
        Assert.Equal(1, await parent.KillAllAsync());
        await AssertUserKilled(job);
        await AssertUsed(parent, 0);
    }

    [Fact]
    public async Task A_removed_parent_rejects_jobs_of_its_children_until_it_is_added_again()
    {
        var (child, _) = await StartWithChildAsync();
        Assert.True(await Handler.RemovePoolAsync("parent"));
        Assert.Equal("There is no pool named \"parent\"", (await RunShort(child)).Message);
        await AssertUsed(child, 0);
        Assert.True(await Handler.TryAddPoolAsync("parent", Limits(1)));
        Assert.True((await RunShort(child)).IsSuccess);
    }

    [Fact]
    public async Task A_parent_that_is_removed_and_added_again_counts_running_jobs_until_they_end()
    {
        var (child, parent) = await StartWithChildAsync();
        var job = await StartEndless(child);
        Assert.True(await Handler.RemovePoolAsync("parent"));
        Assert.True(await Handler.TryAddPoolAsync("parent", Limits(1)));
        await AssertUsed(parent, 1);
        Assert.Equal("parent", Assert.IsType<JobRejected>((await RunShort(child)).Failure).Pool);
        Assert.True(await job.KillAsync());
        await AssertUserKilled(job);
        await AssertUsed(parent, 0);
        Assert.True((await RunShort(child)).IsSuccess);
    }

    [Fact]
    public async Task A_removed_pool_rejects_the_jobs_that_wait_in_it()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 1);
        await using var first = await StartEndless(pool);
        var waiting = pool.RunAsync(static () => 42, Unhurried with { Wait = TimeSpan.FromDays(1) });
        await Until(async () => (await pool.GetSnapshotAsync()).Waiting == 1, "the job to wait");
        Assert.True(await Handler.RemovePoolAsync("pool"));
        Assert.Equal(RejectReason.NoSuchPool, Assert.IsType<JobRejected>((await Soon(waiting, "the end of the waiting")).Failure).Reason);
    }

    [Fact]
    public async Task A_job_that_waits_at_a_parent_moves_to_the_new_parent_of_its_pool()
    {
        var (child, parent) = await StartWithChildAsync(parentWorkers: 1);
        Assert.True(await Handler.TryAddPoolAsync("other", Limits(1)));
        await using var first = await StartEndless(parent);
        var waiting = child.RunAsync(static () => 42, Unhurried with { Wait = TimeSpan.FromDays(1) });
        await Until(async () => (await parent.GetSnapshotAsync()).Waiting == 1, "the job to wait");
        Assert.True(await Handler.TryUpdatePoolAsync("child", pool => pool.Parent = "other"));
        Assert.Equal(42, (await Soon(waiting, "the job to run by the new parent")).GetValueOrThrow());
        Assert.Equal((0, 1), ((await parent.GetSnapshotAsync()).Waiting, (await parent.GetSnapshotAsync()).UsedWorkers));
        Assert.True(await Handler.RemovePoolAsync("other"));
    }
}
