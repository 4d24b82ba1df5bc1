using Handler.FairShare;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>Which leases a node accepts, and what it tells pools about them.</summary>
public sealed class NodeRegistryTests
{
    private readonly NodeRegistry registry = new();

    [Fact]
    public void The_epoch_of_a_pool_is_the_newest_that_was_seen()
    {
        Assert.Equal(0, registry.EpochOf("pool"));
        registry.See("pool", 3);
        registry.See("pool", 2);
        Assert.Equal(3, registry.EpochOf("pool"));
        Assert.Equal(0, registry.EpochOf("Pool"));
    }

    [Fact]
    public void A_lease_of_an_older_activation_is_refused_wherever_it_is_in_the_chain()
    {
        registry.See("parent", 5);
        Assert.False(registry.TryEnter(Lease(1, Chain(childEpoch: 9, parentEpoch: 4))));
        Assert.Equal((0, 0), (registry.Leases.Count, registry.EpochOf("child")));
        Assert.True(registry.TryEnter(Lease(1, Chain(childEpoch: 9, parentEpoch: 5))));
        Assert.Equal((9, 5), (registry.EpochOf("child"), registry.EpochOf("parent")));
        Assert.False(registry.TryEnter(Lease(2, Chain(childEpoch: 8, parentEpoch: 6))));
        Assert.Equal((1, 5), (registry.Leases.Count, registry.EpochOf("parent")));
    }

    [Fact]
    public void A_chain_that_was_good_is_refused_once_a_newer_activation_was_seen()
    {
        var chain = Chain();
        Assert.True(registry.TryEnter(Lease(1, chain)));
        Assert.True(registry.IsGood(chain));
        registry.See("other", 7);
        Assert.True(registry.IsGood(chain));
        registry.See("parent", 2);
        Assert.False(registry.IsGood(chain));
        Assert.False(registry.TryEnter(Lease(2, chain)));
        Assert.Equal(new JobId(1, 1), Assert.Single(registry.Leases).Job);
    }

    [Fact]
    public void A_pool_is_unknown_until_its_epoch_was_read_from_storage()
    {
        var chain = Chain();
        registry.See("child", 1);
        Assert.Equal("child", registry.FirstUnknown(chain));
        registry.Learn("child", 1);
        Assert.Equal("parent", registry.FirstUnknown(chain));
        registry.Learn("parent", 1);
        Assert.Null(registry.FirstUnknown(chain));
        Assert.True(registry.TryEnter(Lease(1, chain)));
        Assert.Null(registry.FirstUnknown(chain));
    }

    [Fact]
    public void What_was_read_late_does_not_lower_an_epoch()
    {
        registry.See("child", 4);
        registry.Learn("child", 3);
        Assert.Equal(4, registry.EpochOf("child"));
        Assert.Equal("parent", registry.FirstUnknown(Chain()));
        registry.Learn("child", 5);
        Assert.Equal(5, registry.EpochOf("child"));
    }

    [Fact]
    public void A_job_has_one_lease_and_only_that_lease_removes_it()
    {
        var lease = Lease(1, Chain());
        Assert.True(registry.TryEnter(lease));
        Assert.Throws<ArgumentException>(() => registry.TryEnter(Lease(1, Chain())));
        Assert.False(registry.Remove(Lease(1, Chain())));
        Assert.Same(lease, registry.Find(lease.Job));
        Assert.True(registry.Remove(lease));
        Assert.False(registry.Remove(lease));
        Assert.Null(registry.Find(lease.Job));
        Assert.Empty(registry.Leases);
    }

    [Fact]
    public void A_kill_finds_the_jobs_that_count_in_its_pool_by_job_or_name()
    {
        Enter(1, Chain(), name: "import");
        Enter(2, Chain(), name: "export");
        Enter(3, new PoolChain("parent", 1, 30, null), name: "import");
        Assert.Equal([1, 2, 3], Found("parent", KillTarget.All));
        Assert.Equal([1, 2], Found("child", KillTarget.All));
        Assert.Equal([1, 3], Found("parent", new KillTarget("import", null)));
        Assert.Equal([3], Found("parent", new KillTarget(null, new JobId(1, 3))));
        Assert.Empty(Found("child", new KillTarget(null, new JobId(1, 3))));
        Assert.Empty(Found("parent", new KillTarget("export", new JobId(1, 3))));
        Assert.Empty(Found("other", KillTarget.All));

        ulong[] Found(string pool, KillTarget target) => [.. registry.Find(pool, target).Select(job => job.Sequence).Order()];
    }

    [Fact]
    public void An_inventory_has_the_part_of_each_chain_that_begins_with_the_pool()
    {
        var chain = Chain();
        Enter(1, chain, name: "import");
        Assert.Equal([new InventoryItem(new JobId(1, 1), 10, "import", 7, chain.Above)], registry.Inventory("child"));
        var child = new PoolPath("child", 1, null);
        Assert.Equal([new InventoryItem(new JobId(1, 1), 20, "import", 7, null, child)], registry.Inventory("parent"));
        Assert.Empty(registry.Inventory("other"));
        registry.Remove(registry.Find(new JobId(1, 1))!);
        Assert.Empty(registry.Inventory("child"));
    }

    [Fact]
    public void A_share_is_known_by_its_route_while_the_lease_is_entered()
    {
        var lease = Enter(1, Chain());
        Assert.True(registry.Knows("child", new ShareId(lease.Job, 10)));
        Assert.True(registry.Knows("parent", new ShareId(lease.Job, 20)));
        Assert.False(registry.Knows("parent", new ShareId(lease.Job, 10)));
        Assert.False(registry.Knows("other", new ShareId(lease.Job, 10)));
        Assert.False(registry.Knows("child", new ShareId(new JobId(1, 2), 10)));
        registry.Remove(lease);
        Assert.False(registry.Knows("child", new ShareId(lease.Job, 10)));
    }

    [Fact]
    public void A_job_that_is_being_admitted_or_released_is_known_by_every_route()
    {
        var job = new JobId(1, 1);
        registry.BeginKnowing(job);
        registry.BeginKnowing(job);
        Assert.True(registry.Knows("any", new ShareId(job, 99)));
        Assert.Empty(registry.Inventory("any"));
        registry.EndKnowing(job);
        registry.EndKnowing(job);
        Assert.False(registry.Knows("any", new ShareId(job, 99)));
    }

    private static PoolChain Chain(long childEpoch = 1, long parentEpoch = 1)
        => new("child", childEpoch, 10, new PoolChain("parent", parentEpoch, 20, null));

    private static Lease Lease(ulong job, PoolChain chain, string? name = null) => new(new JobId(1, job), chain, name, 7);

    private Lease Enter(ulong job, PoolChain chain, string? name = null)
    {
        var lease = Lease(job, chain, name);
        Assert.True(registry.TryEnter(lease));
        return lease;
    }
}
