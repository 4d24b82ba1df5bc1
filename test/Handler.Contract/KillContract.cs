namespace Handler.Contract;

/// <summary>Kill by name, by id, and flush.</summary>
public abstract class KillContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private static readonly JobOptions Report = Unhurried with { Name = "report", MaxHeapBytes = 1 << 20 };
    private static readonly JobOptions Other = Unhurried with { Name = "other", MaxHeapBytes = 1 << 20 };

    [Fact]
    public async Task Kill_by_name_kills_all_jobs_of_that_name_and_no_other()
    {
        var pool = await StartWithPoolAsync();
        var (first, second, other) = (await StartEndless(pool, Report), await StartEndless(pool, Report), await StartEndless(pool, Other));
        Assert.Equal(2, await pool.KillAsync("report"));
        Assert.Equal(0, await pool.KillAsync("report"));
        await AssertUserKilled(first);
        await AssertUserKilled(second);
        Assert.False(other.Outcome.IsCompleted);
        await AssertUsed(pool, 1);
        await other.DisposeAsync();
    }

    [Fact]
    public async Task A_kill_may_have_its_own_reason()
    {
        var pool = await StartWithPoolAsync();
        var job = await StartEndless(pool, Report);
        Assert.Equal(1, await pool.KillAsync("report", "too expensive"));
        await AssertUserKilled(job, "too expensive");
        Assert.Throws<JobKilledException>(() => job.Outcome.Result.ThrowIfFailed());
    }

    [Fact]
    public async Task Kill_by_id_kills_one_job_once()
    {
        var pool = await StartWithPoolAsync();
        var (job, other) = (await StartEndless(pool, Report), await StartEndless(pool, Report));
        Assert.True(await pool.KillAsync(job.Id, "user asked"));
        await AssertUserKilled(job, "user asked");
        Assert.False(await pool.KillAsync(job.Id));
        Assert.False(other.Outcome.IsCompleted);
        Assert.True(await other.KillAsync());
        await AssertUserKilled(other);
        Assert.False(await other.KillAsync());
    }

    [Fact]
    public async Task An_admitted_job_that_waits_for_a_worker_is_killed_as_well()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 40);
        var jobs = new List<JobHandle>();
        for (var i = 0; i < 40; i++)
            jobs.Add(await StartEndless(pool, Report));
        await AssertUsed(pool, 40);
        Assert.Equal(40, await pool.KillAsync("report"));
        foreach (var job in jobs)
            await AssertUserKilled(job);
        await AssertUsed(pool, 0);
        Assert.True((await RunShort(pool)).IsSuccess);
    }

    [Fact]
    public async Task KillAll_kills_all_jobs_of_a_pool()
    {
        var pool = await StartWithPoolAsync();
        var jobs = new[] { await StartEndless(pool, Report), await StartEndless(pool, Other), await StartEndless(pool) };
        Assert.Equal(3, await pool.KillAllAsync());
        foreach (var job in jobs)
            await AssertUserKilled(job);
        Assert.Equal(0, await pool.KillAllAsync());
    }

    [Fact]
    public async Task KillAll_of_a_child_does_not_kill_the_parents_own_jobs()
    {
        var (child, parent) = await StartWithChildAsync();
        await using var own = await StartEndless(parent);
        var delegated = await StartEndless(child);
        await AssertUsed(parent, 2);
        Assert.Equal(1, await child.KillAllAsync());
        await AssertUserKilled(delegated);
        await AssertUsed(parent, 1);
        Assert.False(own.Outcome.IsCompleted);
    }

    [Fact]
    public async Task KillAll_of_a_parent_also_kills_the_jobs_of_its_children()
    {
        var (child, parent) = await StartWithChildAsync();
        var (own, delegated) = (await StartEndless(parent), await StartEndless(child));
        Assert.Equal(2, await parent.KillAllAsync("closing time"));
        await AssertUserKilled(own, "closing time");
        await AssertUserKilled(delegated, "closing time");
        await AssertUsed(child, 0);
        await AssertUsed(parent, 0);
    }

    [Fact]
    public async Task Kill_by_name_and_by_id_in_the_parent_reach_the_childs_jobs_but_not_the_reverse()
    {
        var (child, parent) = await StartWithChildAsync();
        await using var own = await StartEndless(parent, Report);
        var (named, chosen) = (await StartEndless(child, Other), await StartEndless(child));
        Assert.Equal(0, await child.KillAsync("report"));
        Assert.False(await child.KillAsync(own.Id));
        Assert.Equal(1, await parent.KillAsync("other"));
        Assert.True(await parent.KillAsync(chosen.Id));
        await AssertUserKilled(named);
        await AssertUserKilled(chosen);
        Assert.False(own.Outcome.IsCompleted);
    }

    [Fact]
    public async Task Jobs_that_run_in_a_removed_pool_can_still_be_killed()
    {
        var (child, parent) = await StartWithChildAsync();
        await using var own = await StartEndless(parent, Report);
        var (held, named, chosen, left) = (await StartEndless(child),
            await StartEndless(child, Report),
            await StartEndless(child),
            await StartEndless(child));
        Assert.True(await Handler.RemovePoolAsync("child"));
        Assert.True(await held.KillAsync("by its handle"));
        await AssertUserKilled(held, "by its handle");
        Assert.False(await held.KillAsync());
        Assert.Equal(1, await child.KillAsync("report"));
        await AssertUserKilled(named);
        Assert.True(await child.KillAsync(chosen.Id));
        await AssertUserKilled(chosen);
        Assert.Equal(1, await child.KillAllAsync());
        await AssertUserKilled(left);
        Assert.Equal(0, await child.KillAllAsync());
        Assert.False(own.Outcome.IsCompleted);
        await AssertUsed(parent, 1);
    }
}
