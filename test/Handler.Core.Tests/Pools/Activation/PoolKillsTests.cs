using Handler.Pools;
using static Handler.Tests.Pools.PoolParts;

namespace Handler.Tests.Pools;

/// <summary>Which nodes a kill reaches, and what it counts.</summary>
public sealed class PoolKillsTests
{
    private static readonly NodeId Other = new("other");

    private readonly Guid id = Guid.NewGuid();
    private readonly PoolParts pool = new();
    private readonly PoolKills kills;

    public PoolKillsTests()
    {
        kills = new(pool.State, new PoolNodes("pool", pool.Ports), pool.Ports);
        pool.Lifecycle.Advance(PoolPhase.Ready);
        pool.Nodes.Live = [Node, Other];
    }

    [Fact]
    public void Each_node_kills_its_jobs_and_the_counts_are_added()
    {
        pool.Hold(Ask(1));
        pool.Hold(Ask(2));
        pool.Hold(Ask(3, node: Other));
        pool.Nodes.WhenKill = static node => Task.FromResult(node == Node ? 2 : 1);
        Assert.Equal(new KillReply(3, 0), Kill(KillTarget.All).Now());
        var calls = pool.Nodes.KillCalls.ToDictionary(call => call.Node, call => call.Request);
        Assert.Equal([Ask(1).Job, Ask(2).Job], calls[Node].Jobs!.OrderBy(job => job.Sequence));
        Assert.Equal([Ask(3).Job], calls[Other].Jobs);
        Assert.Equal((id, "pool", "why"), (calls[Node].Id, calls[Node].Pool, calls[Node].Reason));
    }

    [Fact]
    public void A_kill_by_name_or_job_reaches_only_the_nodes_that_have_it()
    {
        pool.Hold(Ask(1, name: "import"));
        pool.Hold(Ask(2, node: Other, name: "export"));
        Kill(new KillTarget("import", null)).Now();
        Kill(new KillTarget(null, Ask(2).Job), Guid.NewGuid()).Now();
        Assert.Equal([Node, Other], pool.Nodes.KillCalls.Select(call => call.Node));
        Assert.Equal(new KillTarget("import", null), pool.Nodes.KillCalls[0].Request.Target);
    }

    [Fact]
    public void A_kill_that_matches_no_job_asks_no_node()
    {
        Assert.Equal(new KillReply(0, 0), Kill(KillTarget.All).Now());
        pool.Hold(Ask(1, name: "import"));
        Assert.Equal(new KillReply(0, 0), Kill(new KillTarget("export", null), Guid.NewGuid()).Now());
        Assert.Equal(new KillReply(0, 0), Kill(new KillTarget(null, Ask(9).Job), Guid.NewGuid()).Now());
        Assert.Empty(pool.Nodes.KillCalls);
    }

    [Fact]
    public void A_kill_that_arrives_twice_is_sent_once_and_has_one_reply()
    {
        pool.Hold(Ask(1));
        pool.Nodes.WhenKill = static _ => Task.FromResult(1);
        var first = Kill(KillTarget.All);
        pool.Hold(Ask(2, node: Other));
        Assert.Same(first, Kill(KillTarget.All));
        Assert.Single(pool.Nodes.KillCalls);
    }

    [Fact]
    public void A_kill_is_repeated_until_its_node_replies()
    {
        pool.Hold(Ask(1));
        pool.Nodes.WhenKill = static _ => TestNodes.Unreachable<int>();
        var killed = Kill(KillTarget.All);
        pool.Advance(50);
        pool.Nodes.WhenKill = static _ => Task.FromResult(1);
        pool.Advance(100);
        Assert.Equal(new KillReply(1, 0), killed.Now());
        Assert.Equal([id, id, id], pool.Nodes.KillCalls.Select(call => call.Request.Id));
    }

    [Fact]
    public void A_dead_node_does_not_hold_up_a_kill_and_counts_as_not_reached()
    {
        pool.Hold(Ask(1));
        pool.Hold(Ask(2, node: Other));
        pool.Nodes.Live = [Node];
        pool.Nodes.WhenKill = static node => node == Other ? TestNodes.Unreachable<int>() : Task.FromResult(1);
        Assert.Equal(new KillReply(1, 1), Kill(KillTarget.All).Now());
        Assert.Equal(2, pool.Nodes.KillCalls.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_kill_gives_up_after_ten_seconds(bool isListReadable)
    {
        pool.Hold(Ask(1));
        pool.Nodes.Live = isListReadable ? [Node] : null;
        pool.Nodes.WhenKill = static _ => TestNodes.Unreachable<int>();
        var killed = Kill(KillTarget.All);
        pool.Advance(9_000);
        Assert.False(killed.IsCompleted);
        pool.Advance(1_000);
        Assert.Equal(new KillReply(0, 1), killed.Now());
    }

    [Fact]
    public void A_removed_pool_lets_every_live_node_look_for_the_target()
    {
        pool.Lifecycle.Advance(PoolPhase.Removed);
        pool.Nodes.WhenKill = static node => node == Other ? Task.FromResult(2) : Task.FromResult(0);
        var target = new KillTarget("import", null);
        Assert.Equal(new KillReply(2, 0), Kill(target).Now());
        Assert.Equal([Node, Other], pool.Nodes.KillCalls.Select(call => call.Node));
        Assert.All(pool.Nodes.KillCalls, call => Assert.Equal((null, target), (call.Request.Jobs, call.Request.Target)));
    }

    [Fact]
    public void A_removed_pool_that_cannot_read_the_list_of_nodes_has_reached_none()
    {
        pool.Lifecycle.Advance(PoolPhase.Removed);
        pool.Nodes.Live = null;
        Assert.Equal(new KillReply(0, 1), Kill(KillTarget.All).Now());
        Assert.Empty(pool.Nodes.KillCalls);
    }

    private Task<KillReply> Kill(KillTarget target, Guid? other = null) => pool.Turn(() => kills.KillAsync(other ?? id, target, "why"));
}
