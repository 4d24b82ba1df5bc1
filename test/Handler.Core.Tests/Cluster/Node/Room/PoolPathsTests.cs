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
        Assert.Equal(new PoolPath("pool", 1, null), paths.Of("pool", null));
        Assert.Same(ByParent, paths.Of("pool", ByParent));
        Assert.Same(ByParent, paths.Of("pool", null));
        var direct = new PoolPath("pool", 3, null);
        Assert.Same(direct, paths.Of("pool", direct));
        Assert.Same(direct, paths.Of("pool", null));
        Assert.Equal(new PoolPath("other", 1, null), paths.Of("other", null));
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
