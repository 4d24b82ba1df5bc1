namespace Handler.Contract;

/// <summary>Pools that have parent pools, fixed or selected.</summary>
public abstract class DelegationContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    [Fact]
    public async Task A_job_counts_in_every_pool_of_its_chain()
    {
        await StartAsync(options =>
            options
                .AddPool("leaf", Limits(5, parent: "middle"))
                .AddPool("middle", Limits(5, parent: "root"))
                .AddPool("root", Limits(5))
                .AddPool("aside", Limits(5, parent: "root")));
        var job = await StartEndless(Handler.GetPool("leaf"), Unhurried with { MaxHeapBytes = 5_000_000 });
        foreach (var name in new[] { "leaf", "middle", "root" })
            await AssertUsed(Handler.GetPool(name), 1, 5_000_000);
        await AssertUsed(Handler.GetPool("aside"), 0);
        await job.DisposeAsync();
        foreach (var name in new[] { "leaf", "middle", "root" })
            await AssertUsed(Handler.GetPool(name), 0);
    }

    [Fact]
    public async Task The_workers_of_the_parent_limit_the_child_and_a_reject_releases_the_childs_share()
    {
        var (child, parent) = await StartWithChildAsync(childWorkers: 10, parentWorkers: 1);
        await using var own = await StartEndless(parent);
        var reject = Assert.IsType<JobRejected>((await RunShort(child)).Failure);
        Assert.Equal(
            ("parent", RejectReason.NoWorkersAvailable, 1, 1, 1),
            (reject.Pool, reject.Reason, reject.Requested, reject.Used, reject.Limit));
        await AssertUsed(child, 0);
    }

    [Fact]
    public async Task The_memory_of_the_parent_limits_the_child_and_a_reject_releases_the_childs_share()
    {
        var (child, parent) = await StartWithChildAsync(parentBytes: 10_000_000);
        await using var own = await StartEndless(parent, Unhurried with { MaxHeapBytes = 6_000_000 });
        var reject = Assert.IsType<JobRejected>((await RunShort(child, Unhurried with { MaxHeapBytes = 5_000_000 })).Failure);
        Assert.Equal(
            ("parent", RejectReason.InsufficientMemory, 5_000_000L, 6_000_000L, 10_000_000L),
            (reject.Pool, reject.Reason, reject.Requested, reject.Used, reject.Limit));
        await AssertUsed(child, 0);
        Assert.True((await RunShort(child, Unhurried with { MaxHeapBytes = 4_000_000 })).IsSuccess);
    }

    [Fact]
    public async Task The_childs_own_limits_are_checked_first()
    {
        var (child, _) = await StartWithChildAsync(childWorkers: 0, parentWorkers: 0);
        Assert.Equal("child", Assert.IsType<JobRejected>((await RunShort(child)).Failure).Pool);
    }

    [Fact]
    public async Task A_selector_is_called_with_the_config_of_the_pool_and_the_argument_of_the_job()
    {
        await StartAsync(options => options
            .AddPoolSelector("by region", static (config, parameter) => [$"{config}-{parameter}"])
            .AddPool("child", pool => (pool.Selector, pool.SelectorConfig) = ("by region", "region"))
            .AddPool("region-north", Limits(5)).AddPool("region-south", Limits(5)));
        await using var job = await StartEndless(Handler.GetPool("child"), Unhurried with { SelectorArgument = "south" });
        await AssertUsed(Handler.GetPool("region-north"), 0);
        await AssertUsed(Handler.GetPool("region-south"), 1);
    }

    [Fact]
    public async Task Selected_parents_are_tried_in_order_until_one_admits_and_the_last_reject_counts()
    {
        await StartAsync(options => options
            .AddPoolSelector("in order", static (_, parameter) => parameter!.Split(','))
            .AddPool("child", pool => pool.Selector = "in order")
            .AddPool("closed", Limits(0)).AddPool("small", Limits(5, maxMemoryBytes: 1)).AddPool("open", Limits(5)));
        var child = Handler.GetPool("child");
        await using (await StartEndless(child, Parents("closed,missing,small,open")))
            await AssertUsed(Handler.GetPool("open"), 1);
        await AssertRejected("missing,closed,small", "small", RejectReason.InsufficientMemory);
        await AssertRejected("small,closed", "closed", RejectReason.NoWorkersAvailable);
        Assert.Equal(RejectReason.NoSuchPool, Assert.IsType<JobRejected>((await RunShort(child, Parents("missing"))).Failure).Reason);
        foreach (var name in new[] { "child", "closed", "small", "open" })
            await AssertUsed(Handler.GetPool(name), 0);

        async Task AssertRejected(string parents, string pool, RejectReason reason)
        {
            var reject = Assert.IsType<JobRejected>((await RunShort(child, Parents(parents))).Failure);
            Assert.Equal((pool, reason), (reject.Pool, reject.Reason));
        }
    }

    [Fact]
    public async Task A_selector_that_returns_no_parent_admits_nothing()
    {
        await StartAsync(options => options.AddPoolSelector("none", static (_, _) => []).AddPool("child", pool => pool.Selector = "none"));
        var reject = Assert.IsType<JobRejected>((await RunShort(Handler.GetPool("child"))).Failure);
        Assert.Equal(("child", RejectReason.NoParentSelected), (reject.Pool, reject.Reason));
        Assert.Equal("The selector of pool child returned no parent", reject.Message);
        await AssertUsed(Handler.GetPool("child"), 0);
    }

    [Fact]
    public async Task A_selector_that_throws_rejects_the_job_and_holds_no_share()
    {
        await StartAsync(options =>
            options
                .AddPoolSelector("broken", static (_, parameter) =>
                    parameter is null ? throw new InvalidOperationException("oh no") : [parameter])
                .AddPool("child", pool => pool.Selector = "broken")
                .AddPool("parent", Limits(5)));
        var child = Handler.GetPool("child");
        var reject = Assert.IsType<JobRejected>((await RunShort(child)).Failure);
        Assert.Equal(("child", RejectReason.SelectorFailed), (reject.Pool, reject.Reason));
        Assert.StartsWith("The selector of pool child failed", reject.Message);
        await AssertUsed(child, 0);
        Assert.True((await RunShort(child, Parents("parent"))).IsSuccess);
    }

    [Fact]
    public async Task Kills_act_through_chains_of_fixed_and_selected_parents()
    {
        await StartAsync(options => options
            .AddPoolSelector("root", static (_, _) => ["root"])
            .AddPool("leaf", Limits(5, parent: "middle")).AddPool("middle", pool => pool.Selector = "root").AddPool("root", Limits(5)));
        var job = await StartEndless(Handler.GetPool("leaf"), Unhurried with { Name = "report" });
        Assert.Equal(1, await Handler.GetPool("root").KillAsync("report"));
        await AssertUserKilled(job);
        var (own, delegated) = (await StartEndless(Handler.GetPool("root")), await StartEndless(Handler.GetPool("leaf")));
        Assert.Equal(1, await Handler.GetPool("middle").KillAllAsync());
        await AssertUserKilled(delegated);
        Assert.False(own.Outcome.IsCompleted);
        Assert.True(await own.KillAsync());
        await AssertUserKilled(own);
        foreach (var name in new[] { "leaf", "middle", "root" })
            await AssertUsed(Handler.GetPool(name), 0);
    }

    private static JobOptions Parents(string names) => Unhurried with { SelectorArgument = names };
}
