using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>Which pools keep what, and whether it fits.</summary>
public sealed class PoolGuaranteesTests
{
    private readonly Dictionary<string, PoolOptions> pools = new()
    {
        ["top"] = new() { MaxWorkers = 10 },
        ["all"] = new() { MaxWorkers = 10, Parent = "top" },
        ["gold"] = new() { Parent = "all", ReservedWorkers = 4, ReservedMemoryBytes = 100 },
        ["silver"] = new() { Parent = "all", ReservedWorkers = 2 },
        ["bronze"] = new() { Parent = "all" },
    };

    [Fact]
    public void Each_pool_above_keeps_it_and_knows_the_way()
    {
        var all = PoolGuarantees.Of(pools);
        Assert.Equal(["all", "top"], all.Keys.Order());
        Assert.Equal([new("gold", null, 4, 100), new("silver", null, 2, 0)], all["all"].All);
        Assert.Equal([new("all", null, 0, 0), new("gold", "all", 4, 100), new("silver", "all", 2, 0)], all["top"].All);
        Assert.Equal([("all", new Amount(6, 100))], all["top"].ByChild());
        Assert.Equal(all["top"], PoolGuarantees.Of(pools)["top"]);
    }

    [Fact]
    public void A_missing_parent_a_selector_and_a_circle_end_the_way()
    {
        pools["top"].Parent = "missing";
        pools["all"].Parent = null;
        pools["all"].Selector = "some";
        Assert.Equal(["all"], PoolGuarantees.Of(pools).Keys);
        pools["all"].Selector = null;
        pools["all"].Parent = "gold";
        Assert.Equal(["all", "gold"], PoolGuarantees.Of(pools).Keys.Order());
    }

    [Fact]
    public void A_pool_that_moves_is_kept_by_its_new_parents_first_and_by_its_former_ones_last()
    {
        pools["other"] = new() { MaxWorkers = 10 };
        var before = pools.ToDictionary(pool => pool.Key, pool => pool.Value.Copy());
        pools["gold"].Parent = "other";
        var (first, last) = PoolGuarantees.Affected(before, pools, ["gold"]);
        Assert.Equal(["other"], first);
        Assert.Equal(["all", "top"], last.Order());
        Assert.Empty(PoolGuarantees.Affected(pools, pools, ["bronze"]).First);
        Assert.Empty(PoolGuarantees.Affected(pools, pools, ["bronze"]).Last);
    }

    [Fact]
    public void A_guarantee_needs_a_fixed_parent_and_stays_within_the_limits_of_its_pool()
    {
        pools["top"].ReservedWorkers = 1;
        pools["gold"].ReservedWorkers = 101;
        pools["silver"].ReservedMemoryBytes = 20L << 30;
        pools["silver"].ReservedWorkers = -1;
        Assert.Equal(
            [
                "Pool top: ReservedWorkers is 1, but Parent is not set; a pool is guaranteed something only in a fixed parent.",
                "Pool gold: ReservedWorkers is 101, more than the pool's own MaxWorkers, 100.",
                "Pool silver: ReservedWorkers is -1; it must be between 0 and 1000000.",
                "Pool silver: ReservedMemoryBytes is 21474836480, more than the pool's own MaxMemoryBytes, 10737418240.",
            ],
            PoolGraph.FindErrors(pools, RegisteredNames.None).Where(static error => !error.Contains("are guaranteed")));
    }

    [Fact]
    public void The_children_of_a_pool_are_not_guaranteed_more_than_it_has_at_any_level()
    {
        pools["top"].MaxWorkers = 5;
        Assert.Equal(
            [
                "Pool top: its MaxWorkers is 5, but its children are guaranteed 6 workers (all 6), "
                    + "with what the pools below them are guaranteed.",
            ],
            PoolGraph.FindErrors(pools, RegisteredNames.None));
        pools["top"].MaxWorkers = 6;
        Assert.Empty(PoolGraph.FindErrors(pools, RegisteredNames.None));
        pools["all"].ReservedWorkers = 6;
        Assert.Empty(PoolGraph.FindErrors(pools, RegisteredNames.None));
        pools["direct"] = new() { Parent = "top", ReservedMemoryBytes = 10L << 30 };
        Assert.Equal(
            [
                "Pool top: its MaxMemoryBytes is 10737418240, but its children are guaranteed 10737418340 bytes "
                    + "(direct 10737418240, all 100), with what the pools below them are guaranteed.",
            ],
            PoolGraph.FindErrors(pools, RegisteredNames.None));
    }

    [Fact]
    public void A_change_of_a_child_or_of_the_parents_limits_is_checked()
    {
        Assert.Equal(2, NewErrors("bronze", new() { Parent = "all", ReservedWorkers = 5 }).Count);
        Assert.Empty(NewErrors("bronze", new() { Parent = "all", ReservedWorkers = 4 }));
        Assert.Single(NewErrors("all", new() { MaxWorkers = 5, Parent = "top" }));
        Assert.Single(NewErrors("top", new() { MaxWorkers = 5 }));

        IReadOnlyList<string> NewErrors(string name, PoolOptions options)
            => PoolGraph.FindNewErrors(pools, name, options, RegisteredNames.None);
    }

    [Fact]
    public void The_bytes_of_many_children_do_not_overflow()
    {
        const long Most = 1L << 50;
        var many = Enumerable.Range(0, 20_000).ToDictionary(
            static i => $"child{i:00000}",
            static _ => new PoolOptions { Parent = "all", MaxMemoryBytes = Most, ReservedMemoryBytes = Most });
        many["all"] = new() { MaxMemoryBytes = Most };
        var error = Assert.Single(PoolGraph.FindErrors(many, RegisteredNames.None));
        Assert.Contains(
            $"guaranteed {long.MaxValue} bytes (child00000 {Most}, child00001 {Most}, child00002 {Most} and 19997 more)",
            error);
    }
}
