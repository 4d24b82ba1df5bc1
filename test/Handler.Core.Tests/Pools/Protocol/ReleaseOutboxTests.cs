using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class ReleaseOutboxTests
{
    private static readonly JobId Job = new(1, 1);

    private readonly VirtualProcess process = new();
    private readonly TestPeer child = new();
    private readonly TestPeer parent = new();
    private readonly Dictionary<string, long> newest = [];
    private readonly RecordingLogger log = new();
    private readonly ReleaseOutbox outbox;

    public ReleaseOutboxTests()
    {
        var pools = new TestDirectory { Peers = new() { ["child"] = child, ["parent"] = parent } };
        var background = new BackgroundWork((work, exception) => Assert.Fail($"{work}: {exception}"), inTurns: true);
        var links = new PoolLinks(pools, PoolTimings.Default, process.Time, background);
        outbox = new ReleaseOutbox(
            links, PoolTimings.Default, process.Time, log, pool => newest.GetValueOrDefault(pool));
    }

    [Fact]
    public void A_chain_is_released_from_its_last_pool_to_its_first()
    {
        var released = Release(new PoolChain("child", 1, 10, new PoolChain("parent", 1, 20, null)));
        Assert.Equal((20UL, 10UL), (parent.Releases[0].Request.Route, child.Releases[0].Request.Route));
        Assert.Equal(2, outbox.Unacknowledged);
        process.Turn(() => parent.Releases[0].Reply.TrySetResult(new ReleaseReply(1)));
        Assert.False(released.IsCompleted);
        process.Turn(() => child.Releases[0].Reply.TrySetResult(new ReleaseReply(1)));
        Assert.True(released.IsCompletedSuccessfully);
        Assert.Equal(0, outbox.Unacknowledged);
    }

    [Fact]
    public void A_release_is_repeated_until_the_newest_known_activation_acknowledges_it()
    {
        newest["child"] = 2;
        var released = Release(new PoolChain("child", 1, 10, null));
        process.Turn(() => child.Releases[0].Reply.TrySetResult(new ReleaseReply(1)));
        Assert.False(released.IsCompleted);
        process.Advance(50);
        process.Turn(() => child.Releases[1].Reply.TrySetException(new IOException("lost")));
        process.Advance(100);
        Assert.Equal(2, child.Releases[2].Request.Seen);
        process.Turn(() => child.Releases[2].Reply.TrySetResult(new ReleaseReply(2)));
        Assert.True(released.IsCompletedSuccessfully);
        Assert.Equal(3, child.Releases.Count);
    }

    [Fact]
    public void A_release_to_a_missing_pool_completes_synchronously()
        => Assert.True(Release(new PoolChain("missing", 1, 10, null)).IsCompletedSuccessfully);

    [Fact]
    public void A_closed_outbox_repeats_no_release()
    {
        var released = Release(new PoolChain("child", 1, 10, null));
        outbox.Close();
        process.Turn(() => child.Releases[0].Reply.TrySetException(new IOException("lost")));
        process.Advance(50);
        Assert.True(released.IsCompletedSuccessfully);
        process.Advance(5_000);
        Assert.Equal(2, child.Releases.Count);
    }

    [Fact]
    public void A_pool_that_does_not_acknowledge_for_five_seconds_is_logged_once_a_minute()
    {
        Release(new PoolChain("child", 1, 10, null));
        process.Advance(5_000);
        Assert.Empty(log.Lines);
        process.Advance(4_000);
        Assert.Contains("Pool child has not acknowledged a release", Assert.Single(log.Lines).Text);
        process.Advance(50_000);
        Assert.Single(log.Lines);
        process.Advance(20_000);
        Assert.Equal(2, log.Lines.Count);
    }

    private Task Release(PoolChain chain) => process.Turn(() => outbox.ReleaseAsync(chain, Job, LeaseOutcome.Completed).AsTask());
}
