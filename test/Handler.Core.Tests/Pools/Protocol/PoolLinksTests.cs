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

    [Fact]
    public void Requests_are_batched_unless_they_wait_for_room()
    {
        var link = Links(new TestDirectory { Peers = new() { ["pool"] = peer } }).Find("pool")!;
        process.Turn(() => Enumerable.Range(1, 4).Select(number => link.AcquireAsync(Ask(number)).AsTask()).ToList());
        process.Turn(() => link.AcquireAsync(Ask(5) with { Wait = TimeSpan.FromSeconds(1) }).AsTask());
        Assert.Equal([1UL, 2UL, 5UL], peer.Acquires.Select(sent => sent.Request.Job.Sequence));
        process.Turn(() => peer.Acquires[0].Reply.TrySetResult(AcquireReply.No(Rejects.NoSuchPool("pool"))));
        Assert.Equal([3UL, 4UL], Assert.Single(peer.AcquireBatches).Requests.Select(sent => sent.Job.Sequence));
    }

    [Fact]
    public void Requests_to_a_local_pool_are_not_batched()
    {
        peer.LocalActor = new DirectPools().Add("pool", 1);
        var link = Links(new TestDirectory { Peers = new() { ["pool"] = peer } }).Find("pool")!;
        Assert.Same(peer.LocalActor, link.LocalActor);
        process.Turn(() => Enumerable.Range(1, 4).Select(number => link.AcquireAsync(Ask(number)).AsTask()).ToList());
        Assert.Equal(4, peer.Acquires.Count);
    }

    [Fact]
    public void Releases_are_batched_and_do_not_wait_for_requests()
    {
        var link = Links(new TestDirectory { Peers = new() { ["pool"] = peer } }).Find("pool")!;
        process.Turn(() => Enumerable.Range(1, 4).Select(number => link.AcquireAsync(Ask(number)).AsTask()).ToList());
        process.Turn(() => Enumerable.Range(1, 4).Select(number => link.ReleaseAsync(Release(number)).AsTask()).ToList());
        Assert.Equal([1UL, 2UL], peer.Releases.Select(sent => sent.Request.Job.Sequence));
        process.Turn(() => peer.Releases[0].Reply.TrySetResult(new ReleaseReply(1)));
        Assert.Equal([3UL, 4UL], Assert.Single(peer.ReleaseBatches).Requests.Select(sent => sent.Job.Sequence));
    }

    public void Dispose() => Assert.Empty(failures);

    private PoolLinks Links(TestDirectory directory)
        => new(directory, PoolTimings.Default, process.Time, new BackgroundWork((work, _) => failures.Add(work), inTurns: true));

    private static AcquireRequest Ask(int number)
        => new() { Job = new JobId(1, (ulong)number), Node = new NodeId("node"), Budget = TimeSpan.FromSeconds(1) };

    private static ReleaseRequest Release(int number) => new(new JobId(1, (ulong)number), Route.Entry, LeaseOutcome.Completed);
}
