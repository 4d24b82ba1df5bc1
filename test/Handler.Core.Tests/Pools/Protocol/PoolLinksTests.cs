using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class PoolLinksTests : IDisposable
{
    private readonly List<string> failures = [];
    private readonly VirtualProcess process = new();
    private readonly TestPeer peer = new();

    [Fact]
    public void The_link_to_a_pool_is_kept()
    {
        var directory = new TestDirectory { Peers = new() { ["pool"] = peer } };
        var links = Links(directory);
        Assert.Same(links.Find("pool"), links.Find("pool"));
        Assert.Equal(1, directory.Lookups);
        Assert.Null(links.Find("missing"));
        Assert.Equal(RejectReason.NoSuchPool, links.AcquireAsync("missing", Ask(1)).Now().Reject.Reason);
    }

    [Fact]
    public void A_pool_that_is_added_later_is_found()
    {
        var directory = new TestDirectory { Peers = [] };
        var links = Links(directory);
        Assert.Null(links.Find("pool"));
        directory.Peers.Add("pool", peer);
        Assert.NotNull(links.Find("pool"));
    }

    [Fact]
    public void The_table_of_links_does_not_grow_without_bound()
    {
        var directory = new TestDirectory();
        var links = Links(directory);
        var first = links.Find("name 0");
        for (var i = 1; i < Tuning.Pools.MaxLinks; i++)
            links.Find($"name {i}");
        Assert.Same(first, links.Find("name 0"));
        links.Find("one more");
        Assert.NotSame(first, links.Find("name 0"));
    }

    public void Dispose() => Assert.Empty(failures);

    private PoolLinks Links(TestDirectory directory)
        => new(directory, PoolTimings.Default, process.Time, new BackgroundWork((work, _) => failures.Add(work), inTurns: true));

    private static AcquireRequest Ask(int number)
        => new() { Job = new JobId(1, (ulong)number), Node = new NodeId("node"), Budget = TimeSpan.FromSeconds(1) };
}
