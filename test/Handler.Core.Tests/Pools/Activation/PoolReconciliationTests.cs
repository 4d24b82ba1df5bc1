using Handler.Pools;
using static Handler.Tests.Pools.PoolParts;

namespace Handler.Tests.Pools;

/// <summary>How a pool corrects its books by what the nodes know.</summary>
public sealed class PoolReconciliationTests
{
    private static readonly NodeId Other = new("other");

    private readonly PoolParts pool = new();
    private readonly PoolReconciliation reconciliation;

    public PoolReconciliationTests()
    {
        reconciliation = new(pool.State, pool.Lifecycle, pool.Releases, new PoolNodes("pool", pool.Ports), pool.Ports.Time);
        pool.Lifecycle.Advance(PoolPhase.Ready);
        pool.Nodes.Live = [Node];
    }

    [Fact]
    public void Nothing_changes_if_the_list_of_nodes_cannot_be_read()
    {
        var job = HoldEarlier(Ask(1));
        pool.Nodes.Live = null;
        Assert.False(Reconcile());
        Assert.True(pool.Holds(job));
        Assert.Empty(pool.Nodes.ReconcileCalls);
        Assert.Contains("the list of nodes cannot be read", Assert.Single(pool.Log.Lines).Text);
    }

    [Fact]
    public void A_pool_without_shares_asks_no_node()
    {
        Assert.True(Reconcile());
        Assert.Empty(pool.Nodes.ReconcileCalls);
    }

    [Fact]
    public void The_shares_of_a_dead_node_count_as_lost()
    {
        var (lives, dead) = (HoldEarlier(Ask(1)), HoldEarlier(Ask(2, node: Other)));
        Assert.True(Reconcile());
        Assert.True(pool.Holds(lives));
        Assert.False(pool.Holds(dead));
        Assert.Equal(1, pool.State.Totals.Outcomes[JobOutcomeKind.Lost]);
        Assert.Equal([Node], pool.Nodes.ReconcileCalls.Select(call => call.Node));
    }

    [Fact]
    public void A_waiting_request_of_a_dead_node_does_not_get_what_becomes_free()
    {
        pool.Limit(1, 10);
        HoldEarlier(Ask(1, node: Other));
        var (dead, lives) = (pool.Wait(Ask(2, node: Other, waitMs: 60_000)), pool.Wait(Ask(3, waitMs: 60_000)));
        pool.Advance(1);
        Assert.True(Reconcile());
        Assert.Equal(RejectReason.PoolTimeout, dead.Now()!.Reason);
        Assert.Null(lives.Now());
        Assert.Equal(Ask(3).Job, Assert.Single(pool.State.Ledger.All()).Request.Job);
    }

    [Fact]
    public void A_node_that_is_younger_than_the_list_is_not_taken_for_dead()
    {
        pool.Limit(1, 10);
        var share = pool.Hold(Ask(1, node: Other));
        var waiting = pool.Wait(Ask(2, node: Other, waitMs: 60_000));
        Assert.True(Reconcile());
        Assert.True(pool.Holds(share));
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public void A_share_that_its_node_does_not_know_is_dropped()
    {
        var (known, unknown) = (HoldEarlier(Ask(1)), HoldEarlier(Ask(2)));
        pool.Nodes.WhenReconcile = _ => Reply(1, IdOf(unknown), new ShareId(known.Job, 99), new ShareId(new JobId(7, 7), 7));
        Assert.True(Reconcile());
        Assert.True(pool.Holds(known));
        Assert.False(pool.Holds(unknown));
        var asked = Assert.Single(pool.Nodes.ReconcileCalls).Request;
        Assert.Equal(("pool", 1), (asked.Pool, asked.Epoch));
        Assert.Equal([IdOf(known), IdOf(unknown)], asked.Shares.OrderBy(share => share.Job.Sequence));
    }

    [Fact]
    public void A_node_that_cannot_be_reached_keeps_its_shares_and_is_asked_again()
    {
        var share = HoldEarlier(Ask(1));
        pool.Nodes.WhenReconcile = static _ => TestNodes.Unreachable<ReconcileReply>();
        Assert.True(Reconcile());
        Assert.True(Reconcile());
        Assert.True(pool.Holds(share));
        Assert.Equal(2, pool.Nodes.ReconcileCalls.Count);
    }

    [Fact]
    public void A_late_reply_does_not_count()
    {
        var share = HoldEarlier(Ask(1));
        var reply = new TaskCompletionSource<ReconcileReply>();
        pool.Nodes.WhenReconcile = _ => reply.Task;
        var reconciled = pool.Turn(reconciliation.ReconcileAsync);
        pool.Advance(1_000);
        Assert.True(reconciled.Now());
        pool.Turn(() => reply.SetResult(new ReconcileReply(1, [IdOf(share)])));
        Assert.True(pool.Holds(share));
    }

    [Fact]
    public void A_reply_with_a_newer_epoch_supersedes_the_activation_and_drops_nothing()
    {
        var share = HoldEarlier(Ask(1));
        pool.Nodes.WhenReconcile = _ => Reply(2, IdOf(share));
        Assert.True(Reconcile());
        Assert.Equal(PoolPhase.Superseded, pool.State.Phase);
        Assert.True(pool.Holds(share));
    }

    [Fact]
    public void A_waiting_request_that_its_node_does_not_know_is_withdrawn()
    {
        pool.Limit(1, 10);
        pool.Hold(Ask(1));
        var (known, unknown) = (pool.Wait(Ask(2, waitMs: 60_000)), pool.Wait(Ask(3, waitMs: 60_000)));
        pool.Nodes.WhenReconcile = static _ => Reply(1, IdOf(Ask(3)));
        Assert.True(Reconcile());
        Assert.Equal(RejectReason.PoolTimeout, unknown.Now()!.Reason);
        Assert.False(known.IsCompleted);
    }

    [Fact]
    public void An_unknown_waiting_request_that_has_its_share_by_now_releases_it()
    {
        pool.Limit(1, 10);
        var running = pool.Hold(Ask(1));
        pool.Wait(Ask(2, waitMs: 60_000));
        var reply = new TaskCompletionSource<ReconcileReply>();
        pool.Nodes.WhenReconcile = _ => reply.Task;
        var reconciled = pool.Turn(reconciliation.ReconcileAsync);
        pool.Turn(() => pool.Releases.Release(ReleaseOf(running, LeaseOutcome.Completed)));
        Assert.True(pool.Holds(Ask(2)));
        pool.Turn(() => reply.SetResult(new ReconcileReply(1, [IdOf(Ask(2))])));
        Assert.True(reconciled.Now());
        Assert.False(pool.Holds(Ask(2)));
        Assert.True(pool.State.WasWithdrawn(Ask(2)));
    }

    [Fact]
    public void A_superseded_activation_leaves_the_waiting_requests_to_the_next_one()
    {
        pool.Limit(2, 10);
        HoldEarlier(Ask(1, node: Other));
        var running = pool.Hold(Ask(2));
        pool.Wait(Ask(3, waitMs: 60_000));
        pool.Nodes.Live = [Other, Node];
        TaskCompletionSource<ReconcileReply> newer = new(), reply = new();
        pool.Nodes.WhenReconcile = node => (node == Other ? newer : reply).Task;
        var reconciled = pool.Turn(reconciliation.ReconcileAsync);
        pool.Turn(() => pool.Releases.Release(ReleaseOf(running, LeaseOutcome.Completed)));
        pool.Turn(() => newer.SetResult(new ReconcileReply(2, [])));
        Assert.Equal(PoolPhase.Superseded, pool.State.Phase);
        Assert.True(pool.Holds(Ask(3)));
        pool.Turn(() => reply.SetResult(new ReconcileReply(1, [IdOf(Ask(3))])));
        Assert.True(reconciled.Now());
        Assert.True(pool.Holds(Ask(3)));
    }

    [Fact]
    public void A_node_is_asked_about_a_thousand_shares_at_a_time_and_about_each_in_turn()
    {
        pool.Limit(2_000, 10);
        for (var job = 1UL; job <= 1_500; job++)
            pool.Hold(Ask(job));
        pool.Advance(1);
        Assert.True(Reconcile());
        Assert.True(Reconcile());
        var asked = pool.Nodes.ReconcileCalls.ConvertAll(call => call.Request.Shares);
        Assert.Equal([1_000, 1_000], asked.Select(shares => shares.Count));
        Assert.Equal(1_500, asked.SelectMany(static shares => shares).Distinct().Count());
    }

    private static Task<ReconcileReply> Reply(long epoch, params ShareId[] unknown) => Task.FromResult(new ReconcileReply(epoch, unknown));

    /// <summary>Takes a share before the list of nodes is made.</summary>
    private AcquireRequest HoldEarlier(AcquireRequest request)
    {
        pool.Hold(request);
        pool.Advance(1);
        return request;
    }

    private bool Reconcile() => pool.Turn(reconciliation.ReconcileAsync).Now();
}
