using Handler.Cluster;
using Handler.FairShare;

namespace Handler.Tests.Cluster;

/// <summary>Where jobs count that have no lease yet.</summary>
public sealed class PoolPathsTests
{
    private static readonly PoolPath ByParent = new("parent", 2, new PoolPath("pool", 3, null));

    private readonly PoolPaths paths = new();

    [Fact]
    public void The_path_of_a_pool_is_that_of_its_last_lease()
    {
        Assert.Same(ByParent, paths.Of("pool", ByParent));
        Assert.Same(ByParent, paths.Of("pool", null));
        var direct = new PoolPath("pool", 3, null);
        Assert.Same(direct, paths.Of("pool", direct));
        Assert.Same(direct, paths.Of("pool", null));
    }

    /// <summary>A caller may name any number of pools that do not exist. They must not get room as that many tenants.</summary>
    [Fact]
    public void Pools_that_have_admitted_nothing_are_one_child()
    {
        var unknown = paths.Of("pool", null);
        Assert.NotNull(unknown);
        Assert.Same(unknown, paths.Of("other", null));
        Assert.Contains(unknown.Pool, char.IsControl);
    }

    /// <summary>So the tree of the node finds it without a search.</summary>
    [Fact]
    public void Equal_paths_are_one_object()
    {
        Assert.Same(ByParent, paths.Of("pool", ByParent));
        Assert.Same(ByParent, paths.Of("pool", ByParent with { }));
    }

    [Fact]
    public void A_job_without_a_pool_has_no_path()
        => Assert.Null(paths.Of(null, null));
}
