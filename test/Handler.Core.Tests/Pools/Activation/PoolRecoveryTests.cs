using Handler.Pools;
using static Handler.Tests.Pools.PoolParts;

namespace Handler.Tests.Pools;

/// <summary>How an activation learns from the nodes what runs in its pool.</summary>
public sealed class PoolRecoveryTests
{
    private static readonly NodeId Other = new("other");
    private static readonly PoolChain Above = new("parent", 1, 20, null);

    private readonly PoolParts pool = new();
    private readonly TaskCompletionSource<bool> epoch = new();
    private readonly PoolRecovery recovery;

    public PoolRecoveryTests()
    {
        recovery = new(pool.State, pool.Lifecycle, () => epoch.Task, new PoolNodes("pool", pool.Ports), pool.Ports);
        pool.Nodes.Live = [Node];
    }

    [Fact]
    public void A_pool_that_does_not_exist_asks_no_node()
    {
        epoch.SetResult(false);
        Recover().Now();
        Assert.Equal(PoolPhase.Removed, pool.State.Phase);
        Assert.Empty(pool.Nodes.InventoryCalls);
    }

    [Fact]
    public void No_node_is_asked_before_the_epoch_is_raised()
    {
        var recovered = Recover();
        Assert.Empty(pool.Nodes.InventoryCalls);
        pool.Turn(() => epoch.SetResult(true));
        recovered.Now();
        Assert.Equal((Node, new InventoryRequest("pool", 1)), Assert.Single(pool.Nodes.InventoryCalls));
        Assert.Equal(PoolPhase.Ready, pool.State.Phase);
    }

    [Fact]
    public void A_pool_without_nodes_is_ready_and_empty()
    {
        epoch.SetResult(true);
        pool.Nodes.Live = [];
        Recover().Now();
        Assert.True(pool.State.IsReady);
        Assert.Equal(0, pool.State.Ledger.UsedWorkers);
    }

    [Fact]
    public void The_shares_of_all_nodes_are_restored_even_beyond_the_limits()
    {
        epoch.SetResult(true);
        pool.Limit(1, 10);
        pool.Nodes.Live = [Node, Other];
        pool.Nodes.WhenInventory = node => Reply(1, Item(node == Node ? 1UL : 2));
        Recover().Now();
        Assert.True(pool.State.IsReady);
        Assert.Equal((2, 14, 0), (pool.State.Ledger.UsedWorkers, pool.State.Ledger.UsedBytes, pool.State.Ledger.HeldWorkers));
        Assert.True(pool.State.Ledger.TryGet(new JobId(1, 2), out var share));
        Assert.Equal(new ShareRequest(new JobId(1, 2), 10, Other, "import", 7, pool.Ports.Time.GetTimestamp()), share.Request);
        Assert.Same(Above, share.Above);
    }

    [Fact]
    public void A_job_that_two_nodes_report_counts_once()
    {
        epoch.SetResult(true);
        pool.Nodes.Live = [Node, Other];
        pool.Nodes.WhenInventory = static _ => Reply(1, Item(1));
        Recover().Now();
        Assert.Equal(1, pool.State.Ledger.UsedWorkers);
    }

    [Fact]
    public void A_node_that_does_not_reply_is_asked_again_and_the_others_are_not()
    {
        epoch.SetResult(true);
        pool.Nodes.Live = [Node, Other];
        pool.Nodes.WhenInventory = static node => node == Other ? TestNodes.Unreachable<InventoryReply>() : Reply(1, Item(1));
        var recovered = Recover();
        pool.Advance(50);
        pool.Nodes.WhenInventory = static _ => Reply(1, Item(2));
        pool.Advance(99);
        Assert.Equal(PoolPhase.Recovering, pool.State.Phase);
        pool.Advance(1);
        recovered.Now();
        Assert.Equal([Node, Other, Other, Other], pool.Nodes.InventoryCalls.Select(call => call.Node));
        Assert.Equal(2, pool.State.Ledger.UsedWorkers);
    }

    [Fact]
    public void A_node_that_is_dead_by_now_does_not_count_whether_or_not_it_has_replied()
    {
        epoch.SetResult(true);
        NodeId silent = new("silent"), replied = new("replied");
        pool.Nodes.Live = [Node, silent, replied];
        pool.Nodes.WhenInventory = node => node == silent
            ? TestNodes.Unreachable<InventoryReply>()
            : Reply(1, Item(node == Node ? 1UL : 2));
        var recovered = Recover();
        pool.Nodes.Live = [Node];
        pool.Advance(50);
        recovered.Now();
        Assert.Equal(Node, Assert.Single(pool.State.Ledger.All()).Request.Node);
    }

    [Fact]
    public void The_list_of_nodes_is_read_until_it_can_be_read()
    {
        epoch.SetResult(true);
        pool.Nodes.Live = null;
        var recovered = Recover();
        Assert.False(recovered.IsCompleted);
        pool.Nodes.Live = [Node];
        pool.Advance(50);
        recovered.Now();
        Assert.True(pool.State.IsReady);
        Assert.Single(pool.Log.Lines);
    }

    [Fact]
    public void A_newer_epoch_at_any_node_supersedes_the_activation()
    {
        epoch.SetResult(true);
        pool.Nodes.Live = [Node, Other];
        pool.Nodes.WhenInventory = static node => Reply(node == Node ? 1 : 2, Item(1));
        Recover().Now();
        Assert.Equal(PoolPhase.Superseded, pool.State.Phase);
        Assert.Equal(0, pool.State.Ledger.UsedWorkers);
    }

    [Fact]
    public void What_a_node_has_reported_does_not_count_if_it_dies_before_the_recovery_ends()
    {
        var recovered = Recover();
        pool.Nodes.WhenInventory = static node => Reply(1, Item(node == Node ? 1UL : 2));
        pool.Nodes.Live = [Node, Other];
        recovery.NodeDied(Other);
        pool.Turn(() => epoch.SetResult(true));
        recovered.Now();
        Assert.Equal(Node, Assert.Single(pool.State.Ledger.All()).Request.Node);
    }

    [Fact]
    public void An_activation_that_leaves_stops_asking_and_does_not_become_ready()
    {
        epoch.SetResult(true);
        pool.Nodes.WhenInventory = static _ => TestNodes.Unreachable<InventoryReply>();
        var recovered = Recover();
        pool.Turn(() => pool.Lifecycle.Advance(PoolPhase.Leaving));
        pool.Nodes.WhenInventory = static _ => Reply(1);
        pool.Advance(10_000);
        recovered.Now();
        Assert.Single(pool.Nodes.InventoryCalls);
        Assert.Equal(PoolPhase.Leaving, pool.State.Phase);
    }

    private static InventoryItem Item(ulong job) => new(new JobId(1, job), 10, "import", 7, Above);

    private static Task<InventoryReply> Reply(long epoch, params InventoryItem[] jobs) => Task.FromResult(new InventoryReply(epoch, jobs));

    private Task Recover() => pool.Turn(recovery.RecoverAsync);
}
