using Handler.FairShare;
using Handler.Pools;

namespace Handler.Tests.Pools;

public class WaitingTests
{
    private readonly DirectPools pools = new();

    [Fact]
    public void Released_room_goes_to_waiting_jobs_in_order_of_arrival()
    {
        pools.Add("pool", 1);
        var running = pools.Run("pool");
        var first = pools.Admit("pool", waitMs: 1_000);
        var second = pools.Admit("pool", waitMs: 1_000);
        Assert.Equal(2, pools["pool"].GetSnapshot().Waiting);
        pools.End(running);
        Assert.True(first.IsCompleted && !second.IsCompleted);
        pools.End(first.Now().Lease!);
        Assert.NotNull(second.Now().Lease);
    }

    [Fact]
    public void A_late_reject_of_a_former_parent_does_not_dismiss_waiters()
    {
        var small = new FarPool();
        pools.Far.Add("small", small);
        pools.Add("big", 10);
        var child = pools.Add("child", 1, parent: "big");
        var running = pools.Run("child");
        pools.Turn(() => child.ChangeAsync(child.Configuration with { Parent = "small" }));
        var waiting = pools.Admit("child", 6, waitMs: 60_000);
        pools.Turn(() => child.ChangeAsync(child.Configuration with { Parent = "big" }));
        pools.Turn(() => small.WhyNever.TrySetResult(new JobRejected("small", RejectReason.InsufficientMemory, 6, 0, 5)));
        Assert.False(waiting.IsCompleted);
        pools.End(running);
        Assert.NotNull(waiting.Now().Lease);
    }

    /// <summary>The pool's next job waits in the pool itself, and has not asked the parent yet when the job before it ends.</summary>
    [Fact]
    public void A_job_that_follows_on_a_worker_gets_the_room_above_although_its_own_pool_was_full()
    {
        pools.Add("root", 1);
        pools.Add("a", 1, parent: "root");
        pools.Add("b", 1, parent: "root");
        var running = pools.Run("a");
        var b = pools.Admit("b", waitMs: 1_000);
        var a = pools.Admit("a", waitMs: 1_000);
        pools.End(running, LeaseOutcome.Completed with { HasTurnLeft = true });
        Assert.True(a.IsCompleted && !b.IsCompleted);
        pools.End(a.Now().Lease!);
        Assert.NotNull(b.Now().Lease);
    }

    [Fact]
    public void A_cancelled_waiter_is_not_counted_as_a_reject()
    {
        pools.Add("pool", 1);
        pools.Run("pool");
        using var source = new CancellationTokenSource();
        var cancelled = pools.Admit("pool", waitMs: 1_000, cancellationToken: source.Token);
        var late = pools.Admit("pool", waitMs: 1_000);
        pools.Turn(() =>
        {
            source.Cancel();
            return 0;
        });
        Assert.True(cancelled.IsCanceled);
        pools.Advance(1_001);
        Assert.Equal(RejectReason.NoWorkersAvailable, late.Now().Reject.Reason);
        Assert.Equal([new(RejectReason.NoWorkersAvailable, 1)], pools["pool"].GetSnapshot().Totals.Rejected);
    }

    [Fact]
    public void A_higher_priority_goes_first()
    {
        pools.Add("pool", 1);
        var running = pools.Run("pool");
        var low = pools.Admit("pool", waitMs: 1_000, priority: 1);
        var high = pools.Admit("pool", waitMs: 1_000, priority: 2);
        pools.End(running);
        Assert.True(high.IsCompleted && !low.IsCompleted);
    }

    [Fact]
    public void A_small_job_does_not_overtake_a_big_one_that_waits()
    {
        pools.Add("pool", 10, 10);
        var running = pools.Run("pool", 8);
        var big = pools.Admit("pool", 5, waitMs: 1_000);
        Assert.Equal(RejectReason.InsufficientMemory, pools.Rejected("pool", 1).Reason);
        var small = pools.Admit("pool", 1, waitMs: 1_000);
        Assert.False(small.IsCompleted);
        pools.End(running);
        Assert.True(big.IsCompleted && small.IsCompleted);
    }

    [Fact]
    public void A_job_that_is_infeasible_for_a_parent_does_not_wait_in_the_child()
    {
        pools.Add("root", 10, 10);
        pools.Add("middle", 10, 20, parent: "root");
        pools.Add("child", 1, 30, parent: "middle");
        var running = pools.Run("child", 4);
        var fits = pools.Admit("child", 10, waitMs: 1_000);
        Assert.Equal(
            new JobRejected("root", RejectReason.InsufficientMemory, 11, 4, 10),
            pools.Admit("child", 11, waitMs: 1_000).Now().Reject);
        Assert.Equal(
            new JobRejected("middle", RejectReason.InsufficientMemory, 21, 4, 20),
            pools.Admit("child", 21, waitMs: 1_000).Now().Reject);
        Assert.False(fits.IsCompleted);
        pools.End(running);
        Assert.NotNull(fits.Now().Lease);
    }

    [Fact]
    public void A_waiting_request_is_rejected_when_its_time_is_up()
    {
        pools.Add("pool", 1);
        pools.Run("pool");
        var waiter = pools.Admit("pool", waitMs: 500);
        pools.Advance(499);
        Assert.False(waiter.IsCompleted);
        pools.Advance(2);
        Assert.Equal(new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 1, 1), waiter.Now().Reject);
        Assert.Equal(0, pools["pool"].GetSnapshot().Waiting);
    }

    [Fact]
    public void Waiting_does_not_count_against_the_pool_timeout()
    {
        pools.Add("pool", 1);
        var running = pools.Run("pool");
        var waiter = pools.Admit("pool", waitMs: 10_000); // with a pool timeout of 1 s
        pools.Advance(9_999);
        Assert.False(waiter.IsCompleted);
        pools.End(running);
        Assert.NotNull(waiter.Now().Lease);
    }

    [Fact]
    public void A_reject_after_waiting_behind_another_job_says_so()
    {
        pools.Add("pool", 10, 10);
        pools.Run("pool", 6);
        pools.Admit("pool", 8, waitMs: 60_000);
        var waiter = pools.Admit("pool", 2, waitMs: 500);
        pools.Advance(501);
        Assert.Equal(new JobRejected("pool", RejectReason.InsufficientMemory, 2, 14, 10) { Waiting = 1, Kept = 8 }, waiter.Now().Reject);
    }

    [Fact]
    public void A_cancelled_waiting_job_leaves_immediately_and_makes_room()
    {
        pools.Add("pool", 10, 10);
        pools.Run("pool", 8);
        using var cancel = new CancellationTokenSource();
        var big = pools.Admit("pool", 5, waitMs: 60_000, cancellationToken: cancel.Token);
        var small = pools.Admit("pool", 2, waitMs: 60_000);
        pools.Turn(() =>
        {
            cancel.Cancel();
            return 0;
        });
        Assert.True(big.IsCanceled);
        Assert.NotNull(small.Now().Lease);
        Assert.Equal((10L, 0), (pools.Used("pool").Bytes, pools["pool"].GetSnapshot().Waiting));
    }

    [Fact]
    public void An_infeasible_job_is_rejected_immediately()
    {
        pools.Add("shared", 10, 10);
        pools.Add("customer", 10, 100, parent: "shared");
        pools.Run("shared", 5);
        Assert.Equal(
            new JobRejected("shared", RejectReason.InsufficientMemory, 11, 5, 10),
            pools.Admit("customer", 11, waitMs: 1_000).Now().Reject);
    }

    [Fact]
    public void A_waiting_job_that_new_limits_make_infeasible_is_rejected()
    {
        var pool = pools.Add("pool", 10, 10);
        pools.Run("pool", 8);
        var waiter = pools.Admit("pool", 5, waitMs: 1_000);
        pools.Turn(() => pool.ChangeAsync(new PoolConfiguration { Limits = new PoolLimits(10, 4) }));
        Assert.Equal(new JobRejected("pool", RejectReason.InsufficientMemory, 5, 8, 4), waiter.Now().Reject);
    }

    [Fact]
    public void A_waiting_job_that_becomes_infeasible_is_rejected_even_behind_one_that_keeps_waiting()
    {
        var pool = pools.Add("pool", 10, 10);
        pools.Run("pool", 6);
        var first = pools.Admit("pool", 5, waitMs: 1_000);
        var second = pools.Admit("pool", 8, waitMs: 1_000);
        pools.Turn(() => pool.ChangeAsync(new PoolConfiguration { Limits = new PoolLimits(10, 7), MaxWaiting = 100 }));
        Assert.Equal(new JobRejected("pool", RejectReason.InsufficientMemory, 8, 6, 7), second.Now().Reject);
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public void A_higher_limit_admits_waiting_jobs()
    {
        var pool = pools.Add("pool", 1, 10);
        pools.Run("pool");
        var waiter = pools.Admit("pool", 5, waitMs: 1_000);
        pools.Turn(() => pool.ChangeAsync(new PoolConfiguration { Limits = new PoolLimits(2, 10) }));
        Assert.NotNull(waiter.Now().Lease);
    }

    [Fact]
    public void A_request_is_rejected_if_the_queue_of_the_pool_is_full()
    {
        pools.Add("pool", 1, maxWaiting: 1);
        pools.Run("pool");
        var waiter = pools.Admit("pool", waitMs: 1_000);
        Assert.Equal(new JobRejected("pool", RejectReason.QueueFull, 1, 1, 1), pools.Admit("pool", waitMs: 1_000).Now().Reject);
        Assert.False(waiter.IsCompleted);
    }

    [Theory]
    [InlineData(700, true)]
    [InlineData(1_001, false)]
    public void A_job_that_waited_in_the_child_waits_at_the_parent_for_the_rest_of_its_time(double parentHasRoomAfterMs, bool admitted)
    {
        pools.Add("shared", 2);
        pools.Add("customer", 1, parent: "shared");
        var (own, others) = (pools.Run("customer"), pools.Run("shared"));
        var ahead = pools.Admit("shared", waitMs: 60_000);
        var waiter = pools.Admit("customer", waitMs: 1_000);
        pools.Advance(400);
        pools.End(own);
        Assert.NotNull(ahead.Now().Lease);
        Assert.Equal((0, 1), (pools["customer"].GetSnapshot().Waiting, pools["shared"].GetSnapshot().Waiting));
        pools.Advance(parentHasRoomAfterMs - 400);
        Assert.Equal(!admitted, waiter.IsCompleted);
        pools.End(others);
        Assert.Equal(admitted, waiter.Now().Lease is not null);
    }

    [Fact]
    public void A_waiter_that_becomes_infeasible_makes_room_for_the_waiters_behind_it()
    {
        pools.Add("narrow", 10, 5);
        var pool = pools.Add("pool", 10, 10);
        pools.Run("pool", 6);
        var (big, small) = (pools.Admit("pool", 8, waitMs: 1_000), pools.Admit("pool", 3, waitMs: 1_000));
        Assert.False(big.IsCompleted || small.IsCompleted);
        pools.Turn(() => pool.ChangeAsync(pool.Configuration with { Parent = "narrow" }));
        Assert.Equal("narrow", big.Now().Reject.Pool);
        Assert.NotNull(small.Now().Lease);
    }

    [Fact]
    public void Waiting_jobs_of_a_dead_node_leave_each_pool_at_its_next_reconciliation()
    {
        pools.Add("shared", 1);
        pools.Add("customer", 2, parent: "shared");
        pools.Run("customer");
        pools.Admit("customer", waitMs: 60_000);
        pools.Admit("shared", waitMs: 60_000);
        Assert.Equal((2, 2), (pools.Used("customer").Workers, pools["shared"].GetSnapshot().Waiting));
        pools.Advance(1);
        pools.LiveNodes = static () => ValueTask.FromResult<IReadOnlyCollection<NodeId>>([]);
        pools.Turn(() => pools["customer"].ReconcileAsync());
        Assert.Equal((0, 1), (pools.Used("customer").Workers, pools["shared"].GetSnapshot().Waiting));
        pools.Turn(() => pools["shared"].ReconcileAsync());
        Assert.Equal((0, 0), (pools.Used("shared").Workers, pools["shared"].GetSnapshot().Waiting));
    }

    [Fact]
    public void A_node_that_joined_after_the_list_was_made_is_not_considered_dead()
    {
        pools.Add("pool", 1);
        var list = new TaskCompletionSource<IReadOnlyCollection<NodeId>>();
        pools.LiveNodes = () => new ValueTask<IReadOnlyCollection<NodeId>>(list.Task);
        pools.Turn(() => pools["pool"].ReconcileAsync());
        pools.Run("pool");
        var waiter = pools.Admit("pool", waitMs: 60_000);
        pools.Turn(() => list.TrySetResult([]));
        Assert.Equal((1, 1), (pools.Used("pool").Workers, pools["pool"].GetSnapshot().Waiting));
        Assert.False(waiter.IsCompleted);
    }

    [Fact]
    public void A_job_that_waits_for_room_at_the_parent_holds_its_share_in_the_child()
    {
        pools.Add("shared", 1);
        pools.Add("customer", 5, parent: "shared");
        var running = pools.Run("shared");
        var waiter = pools.Admit("customer", waitMs: 1_000);
        var child = pools["customer"].GetSnapshot();
        Assert.Equal((1, 1, 0, 1), (child.UsedWorkers, child.HeldWorkers, child.Waiting, pools["shared"].GetSnapshot().Waiting));
        pools.End(running);
        Assert.NotNull(waiter.Now().Lease);
        Assert.Equal(0, pools["customer"].GetSnapshot().HeldWorkers);
    }

    [Fact]
    public void A_waiting_job_that_is_cancelled_while_its_parent_is_full_leaves_both_pools()
    {
        pools.Add("shared", 1);
        pools.Add("customer", 5, parent: "shared");
        pools.Run("shared");
        using var cancel = new CancellationTokenSource();
        var waiter = pools.Admit("customer", waitMs: 60_000, cancellationToken: cancel.Token);
        pools.Turn(() =>
        {
            cancel.Cancel();
            return 0;
        });
        Assert.True(waiter.IsCanceled);
        Assert.Equal((0, 0L), pools.Used("customer"));
        Assert.Equal(0, pools["shared"].GetSnapshot().Waiting);
    }

    [Fact]
    public void Jobs_that_wait_at_a_parent_move_to_the_new_parent_at_each_change_of_parent()
    {
        foreach (var parent in new[] { "first", "second" })
        {
            pools.Add(parent, 1);
            pools.Run(parent);
        }

        var child = pools.Add("child", 5, parent: "first");
        var waiting = pools.Admit("child", waitMs: 60_000);
        Assert.Equal((1, 0), (pools["first"].Queue.Count, pools["second"].Queue.Count));
        foreach (var (parent, version) in new[] { ("second", 1), ("first", 2), ("second", 3) })
        {
            pools.Turn(()
                => child.ChangeAsync(
                    new PoolConfiguration
                    {
                        Limits = new PoolLimits(5, 1_000),
                        Parent = parent,
                        Version = version,
                    }));
            Assert.Equal(
                (parent == "first" ? 1 : 0, parent == "second" ? 1 : 0),
                (pools["first"].Queue.Count, pools["second"].Queue.Count));
        }

        pools.Turn(() => child.ChangeAsync(new PoolConfiguration { Limits = new PoolLimits(5, 1_000), Version = 4 }));
        Assert.NotNull(waiting.Now().Lease);
        Assert.Equal((0, 0), (pools["first"].Queue.Count, pools["second"].Queue.Count));
    }

    /// <summary>A remote parent that replies late when asked which jobs it could never admit.</summary>
    private sealed class FarPool : IPoolPeer
    {
        public TaskCompletionSource<JobRejected?> WhyNever { get; } = new();

        public ILocalActor? LocalActor => null;

        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request) => throw new NotSupportedException();

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests) => throw new NotSupportedException();

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request) => throw new NotSupportedException();

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests) => throw new NotSupportedException();

        public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth) => new(WhyNever.Task);
    }
}
