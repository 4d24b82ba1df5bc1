using Handler.FairShare;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>What a pool decides, without messages.</summary>
public sealed class PoolStateTests
{
    private readonly PoolState state = new("pool") { Epoch = 3 };

    public PoolStateTests()
    {
        Limit(2, 10);
        state.Advance(PoolPhase.Ready);
    }

    [Fact]
    public void A_pool_that_is_not_ready_or_is_full_or_has_a_waiting_job_admits_no_job_in_one_step()
    {
        Assert.False(new PoolState("new").HasRoomNow(null, 0));
        Assert.True(state.HasRoomNow(null, 10));
        Assert.False(state.HasRoomNow(null, 11));
        var waiter = Queue(1, 0);
        Assert.False(state.HasRoomNow(null, 0));
        state.LeaveQueue(waiter);
        Assert.True(state.HasRoomNow(null, 0));
        state.Advance(PoolPhase.Leaving);
        Assert.False(state.HasRoomNow(null, 0));
    }

    [Fact]
    public void A_request_does_not_overtake_a_waiting_job_of_its_priority()
    {
        Hold(7, 2);
        Queue(1, 9, priority: 1);
        Assert.Equal(HoldResult.Behind, state.TryHold(Ask(2, 1, priority: 1), 0));
        Assert.Equal(HoldResult.NoMemory, state.TryHold(Ask(2, 11, priority: 1), 0));
        Assert.Equal(HoldResult.Held, state.TryHold(Ask(3, 1, priority: 2), 0));
        Assert.Equal(HoldResult.Present, state.TryHold(Ask(3, 1, priority: 2), 0));
        var behind = new JobRejected("pool", RejectReason.InsufficientMemory, 1, 12, 10) { Waiting = 1, Kept = 9 };
        Assert.Equal(behind, state.RejectFor(HoldResult.Behind, Ask(9, 1)));
    }

    /// <summary>The free room is kept for the large job of one child until the weights make another child the next one.</summary>
    [Fact]
    public void A_new_weight_gives_room_to_the_job_that_is_next_now()
    {
        Limit(10, 10);
        Assert.Equal(HoldResult.Held, state.TryHold(From("large", 1, Ask(1, 3)), 0));
        Assert.Equal(HoldResult.Held, state.TryHold(From("small", 1, Ask(2, 4)), 0));
        var large = Queue(From("large", 1, Ask(3, 6)));
        OvertakeUntilDue("small");
        var small = Queue(From("small", 1, Ask(4, 1)));
        state.GiveRoom(0);
        Assert.Equal((null, null), (large.HasShare, small.HasShare));
        Assert.Equal(HoldResult.NoMemory, state.TryHold(From("small", 2, Ask(5, 9)), 0));
        Assert.Equal((null, true), (large.HasShare, small.HasShare));
    }

    [Fact]
    public void The_next_job_of_a_child_follows_another_one_on_a_worker_that_has_its_turn_left()
    {
        Limit(1, 10);
        Assert.Equal(HoldResult.Held, state.TryHold(From("a", 1, Ask(1, 1)), 0));
        var (b, a, a2) = (Queue(From("b", 1, Ask(2, 1))), Queue(From("a", 1, Ask(3, 1))), Queue(From("a", 1, Ask(4, 1))));
        ReleaseInTurn(1);
        Assert.Equal((null, true, null), (b.HasShare, a.HasShare, a2.HasShare));
        state.GiveRoom(0);
        Release(3);
        state.GiveRoom(0);
        Assert.Equal((true, null), (b.HasShare, a2.HasShare));
    }

    [Fact]
    public void A_job_of_another_node_does_not_follow()
    {
        Limit(1, 10);
        Assert.Equal(HoldResult.Held, state.TryHold(From("a", 1, Ask(1, 1)), 0));
        var b = Queue(From("b", 1, Ask(2, 1)));
        var a = Queue(From("a", 1, Ask(3, 1)) with { Node = new NodeId("other") });
        ReleaseInTurn(1);
        Assert.Equal((true, null), (b.HasShare, a.HasShare));
    }

    /// <summary>Otherwise a child of long jobs would have as many jobs as one of short jobs has in its turns.</summary>
    [Fact]
    public void A_turn_counts_once_however_many_jobs_it_has()
    {
        Limit(1, 10);
        Assert.Equal(HoldResult.Held, state.TryHold(From("c", 1, Ask(1, 1)), 0));
        var a = Enumerable.Range(10, 4).Select(job => Queue(From("a", 1, Ask(job, 1)))).ToArray();
        var b = Enumerable.Range(20, 4).Select(job => Queue(From("b", 1, Ask(job, 1)))).ToArray();
        Release(1);
        state.GiveRoom(0);
        ReleaseInTurn(10);
        ReleaseInTurn(11);
        Assert.Equal((true, null), (a[2].HasShare, b[0].HasShare));
        Release(12);
        state.GiveRoom(0);
        Assert.Equal((null, true), (a[3].HasShare, b[0].HasShare));
        Release(20);
        state.GiveRoom(0);
        Assert.Equal((true, null), (a[3].HasShare, b[1].HasShare));
    }

    [Fact]
    public void A_job_that_follows_does_not_overtake_a_child_that_is_due()
    {
        Limit(10, 10);
        Assert.Equal(HoldResult.Held, state.TryHold(From("a", 1, Ask(1, 4)), 0));
        Assert.Equal(HoldResult.Held, state.TryHold(From("b", 1, Ask(2, 3)), 0));
        var large = Queue(From("large", 1, Ask(3, 8)));
        var a = Queue(From("a", 1, Ask(4, 9)));
        OvertakeUntilDue("small");
        Queue(From("a", 1, Ask(5, 1, priority: 1)));
        ReleaseInTurn(1);
        Assert.Equal((null, null), (large.HasShare, a.HasShare));
        Assert.Equal(3, state.Ledger.UsedBytes);
        ReleaseInTurn(2);
        Assert.True(large.HasShare);
    }

    [Fact]
    public void A_job_that_follows_counts_as_overtaking()
    {
        Limit(10, 10);
        Assert.Equal(HoldResult.Held, state.TryHold(From("a", 1, Ask(1, 1)), 0));
        Assert.Equal(HoldResult.Held, state.TryHold(From("b", 1, Ask(2, 3)), 0));
        var large = Queue(From("large", 1, Ask(3, 8)));
        Queue(From("a", 1, Ask(4, 1)));
        ReleaseInTurn(1);
        Assert.Equal(1, large.Leaf!.Queue!.Overtaken);
    }

    [Fact]
    public void A_job_that_is_guaranteed_the_room_comes_before_one_that_follows()
    {
        Limit(2, 10);
        Assert.Equal(HoldResult.Held, state.TryHold(From("a", 1, Ask(1, 1)), 0));
        Assert.Equal(HoldResult.Held, state.TryHold(From("a", 1, Ask(2, 1)), 0));
        state.Apply(state.Configuration with { Guarantees = new GuaranteeList([new Guarantee("gold", null, 1, 1)]) });
        var (a, gold) = (Queue(From("a", 1, Ask(3, 1))), Queue(From("gold", 1, Ask(4, 1))));
        ReleaseInTurn(1);
        Assert.Equal((null, true), (a.HasShare, gold.HasShare));
    }

    [Fact]
    public void A_reject_names_the_job_for_which_the_room_is_kept()
    {
        Limit(10, 10);
        Hold(1, 4);
        Assert.Equal(HoldResult.Held, state.TryHold(From("due", 1, Ask(2, 1)), 0));
        Queue(From("due", 1, Ask(3, 7)));
        OvertakeUntilDue("small", 2);
        Queue(From("first", 1, Ask(4, 8)));
        Queue(From("first", 1, Ask(5, 1)));
        Assert.Equal((7, 3), KeptFrom(From("small", 1, Ask(6, 2))));
        Assert.Equal((8, 3), KeptFrom(From("first", 1, Ask(6, 2))));
        Assert.Equal((7, 3), KeptFrom(From("first", 1, Ask(6, 2, priority: 1))));
    }

    [Fact]
    public void One_child_cannot_fill_the_queue_for_another()
    {
        state.Apply(state.Configuration with { MaxWaiting = 1 });
        var first = Queue(From("a", 1, Ask(1, 1)));
        var another = Ask(2, 1, waitMs: 1);
        Assert.Equal(RejectReason.QueueFull, state.CheckWaiting(From("a", 1, another), HoldResult.NoMemory)!.Reason);
        Assert.Null(state.CheckWaiting(From("b", 1, another), HoldResult.NoMemory));
        Assert.Null(state.CheckWaiting(another, HoldResult.NoMemory));
        state.LeaveQueue(first);
        Assert.Null(state.CheckWaiting(From("a", 1, another), HoldResult.NoMemory));
    }

    [Fact]
    public void A_job_whose_time_is_over_does_not_count_as_served()
    {
        Limit(10, 10);
        Hold(1, 5);
        var (late, large) = (Queue(From("a", 1, Ask(2, 1))), Queue(From("a", 1, Ask(3, 6))));
        late.IsOver = true;
        late.Leaf!.Queue!.Overtaken = 3;
        state.GiveRoom(0);
        Assert.Equal((null, 3, 0.0), (large.HasShare, large.Leaf!.Queue!.Overtaken, large.Leaf.Served));
    }

    [Fact]
    public void Only_a_change_of_the_limits_forgets_what_was_served()
    {
        var child = Queue(From("a", 1, Ask(1, 1))).Leaf!.Parent!;
        state.GiveRoom(0);
        state.Apply(state.Configuration with { MaxWaiting = 7 });
        Assert.True(child.Served > 0);
        Limit(3, 10);
        Assert.Equal(0, child.Served);
    }

    [Fact]
    public void A_request_that_has_waited_does_not_bring_an_old_weight_back()
    {
        Limit(10, 10);
        var old = From("a", 1, Ask(1, 1));
        Assert.Equal(HoldResult.Held, state.TryHold(From("a", 3, Ask(2, 1)), 0));
        Assert.Equal(HoldResult.Held, state.TryHold(old, 0, isNew: false));
        Assert.Equal(3, Queue(From("a", 1, Ask(3, 1))).Leaf!.Parent!.Weight);
    }

    [Fact]
    public void The_path_to_the_parents_is_one_object_until_the_weight_changes()
    {
        var path = state.PathOf(null);
        Assert.Equal(new PoolPath("pool", 1, null), path);
        Assert.Same(path, state.PathOf(null));
        var child = new PoolPath("child", 1, null);
        Assert.Equal(new PoolPath("pool", 1, child), state.PathOf(child));
        state.Apply(state.Configuration with { Weight = 2 });
        Assert.Equal(new PoolPath("pool", 2, null), state.PathOf(null));
    }

    [Fact]
    public void Memory_that_no_job_has_reserved_is_not_free_for_jobs()
    {
        state.UseBytes(4);
        Assert.Equal(HoldResult.NoMemory, state.TryHold(Ask(1, 7), 0));
        var reject = state.RejectFor(HoldResult.NoMemory, Ask(9, 7));
        Assert.Equal((4, 10), (reject.Used, reject.Limit));
        var waiter = Queue(1, 7);
        state.UseBytes(-4);
        state.GiveRoom(0);
        Assert.Null(waiter.Leaf);
        Assert.Equal((1, 7), (state.Ledger.UsedWorkers, state.Ledger.UsedBytes));
    }

    /// <summary>If it waited for the room that it has, its job would be rejected while its share is held.</summary>
    [Fact]
    public void A_request_that_is_repeated_does_not_wait_behind_others()
    {
        Hold(1, 5);
        Queue(2, 9, priority: 1);
        Assert.Equal(HoldResult.Present, state.TryHold(Ask(1, 5), 0));
        Limit(0, 0);
        Assert.Equal(HoldResult.Present, state.TryHold(Ask(1, 5), 0));
    }

    [Fact]
    public void A_permanent_reason_is_named_first()
    {
        Hold(1, 0);
        Hold(2, 0);
        Assert.Equal(RejectReason.NoWorkersAvailable, state.RejectFor(HoldResult.NoWorkers, Ask(9, 10)).Reason);
        Assert.Equal(RejectReason.InsufficientMemory, state.RejectFor(HoldResult.NoWorkers, Ask(9, 11)).Reason);
        Limit(0, 10);
        Assert.Equal(RejectReason.NoWorkersAvailable, state.RejectFor(HoldResult.NoMemory, Ask(9, 11)).Reason);
        Assert.Equal(new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 2, 0), state.CheckFeasibility(null, 1));
    }

    [Fact]
    public void Rejects_with_the_same_numbers_are_one_object()
    {
        Hold(1, 10);
        var reject = state.RejectFor(HoldResult.NoMemory, Ask(9, 1));
        Assert.Same(reject, state.RejectFor(HoldResult.NoMemory, Ask(9, 1)));
        Assert.NotSame(reject, state.RejectFor(HoldResult.NoMemory, Ask(9, 2)));
    }

    [Fact]
    public void Only_feasible_requests_may_wait_and_only_up_to_MaxWaiting()
    {
        state.Apply(state.Configuration with { MaxWaiting = 1 });
        Assert.Null(state.CheckWaiting(Ask(1, 10, waitMs: 1), HoldResult.NoMemory));
        Assert.Equal(RejectReason.InsufficientMemory, state.CheckWaiting(Ask(1, 10), HoldResult.NoMemory)!.Reason);
        Assert.Equal(RejectReason.InsufficientMemory, state.CheckWaiting(Ask(1, 11, waitMs: 1), HoldResult.NoMemory)!.Reason);
        Queue(2, 1);
        Assert.Equal(
            new JobRejected("pool", RejectReason.QueueFull, 1, 1, 1),
            state.CheckWaiting(Ask(1, 10, waitMs: 1), HoldResult.NoMemory));
    }

    [Fact]
    public void Room_goes_to_the_first_waiting_jobs_until_one_does_not_fit()
    {
        Hold(1, 10);
        TestWaiter[] waiters = [Queue(2, 4), Queue(3, 8), Queue(4, 1)];
        state.GiveRoom(7);
        Assert.All(waiters, waiter => Assert.Null(waiter.HasShare));
        Release(1);
        state.GiveRoom(7);
        Assert.Equal([true, null, null], waiters.Select(waiter => waiter.HasShare));
        Assert.Equal(7, Assert.Single(state.Ledger.All()).Request.Since);
        Assert.False(state.KeepsRoomFromWaiter());
    }

    [Fact]
    public void A_waiting_job_whose_time_is_over_passes_its_room_on()
    {
        TestWaiter[] waiters = [Queue(1, 10), Queue(2, 10)];
        waiters[0].IsOver = true;
        state.GiveRoom(0);
        Assert.Equal([null, true], waiters.Select(waiter => waiter.HasShare));
        Assert.Equal(new JobId(1, 2), Assert.Single(state.Ledger.All()).Request.Job);
    }

    [Fact]
    public void A_waiting_job_that_has_a_share_by_another_route_gets_no_second_share()
    {
        Hold(1, 0);
        var waiter = Queue(1, 0);
        state.GiveRoom(0);
        Assert.False(waiter.HasShare);
        Assert.Equal(1, state.Ledger.UsedWorkers);
    }

    [Fact]
    public void Lower_limits_dismiss_infeasible_waiters()
    {
        Hold(1, 10);
        TestWaiter[] waiters = [Queue(2, 9), Queue(3, 5)];
        Limit(2, 5);
        state.DismissInfeasible();
        Assert.Equal([false, null], waiters.Select(waiter => waiter.HasShare));
        Assert.Null(waiters[0].InfeasibleReject);
        var reject = Rejects.NoSuchPool("parent");
        state.Dismiss(_ => true, reject);
        Assert.Same(reject, waiters[1].InfeasibleReject);
        Assert.Equal(0, state.Queue.Count);
    }

    [Fact]
    public void A_phase_never_goes_back_and_a_pool_that_is_not_ready_admits_no_waiting_job()
    {
        var waiter = Queue(1, 1);
        state.Advance(PoolPhase.Superseded);
        Assert.False(waiter.HasShare);
        state.Advance(PoolPhase.Ready);
        Assert.Equal(PoolPhase.Superseded, state.Phase);
        Assert.True(state.IsGoing);
        state.Advance(PoolPhase.Removed);
        Assert.True(state.IsRemoved && !state.IsGoing);
        Queue(2, 1);
        state.GiveRoom(0);
        Assert.Equal(0, state.Ledger.UsedWorkers);
    }

    [Fact]
    public void A_share_that_was_released_while_the_parents_were_asked_is_not_committed()
    {
        Hold(1, 1);
        Hold(2, 1);
        Assert.True(state.TryRollBack(Ask(2, 1)));
        Assert.Null(state.TryCommit(new JobId(1, 2), Route.Entry, null));
        Assert.NotNull(state.TryCommit(new JobId(1, 1), Route.Entry, null));
        Assert.Equal((1, 0), (state.Totals.Admitted, state.Totals.Outcomes.Count));
        Release(1);
        Assert.Equal(1, Assert.Single(state.Totals.Outcomes).Value);
    }

    [Fact]
    public void A_share_is_released_only_by_its_own_route_and_a_held_share_does_not_count_as_a_job()
    {
        Hold(1, 1);
        Assert.False(state.TryRelease(new JobId(1, 1), 99, LeaseOutcome.Completed, out _));
        Assert.True(state.TryRelease(new JobId(1, 1), Route.Entry, LeaseOutcome.Completed, out var freed));
        Assert.False(freed.Committed);
        Assert.Empty(state.Totals.Outcomes);
    }

    [Fact]
    public void Admission_in_one_step_holds_commits_and_counts()
    {
        var above = new PoolChain("parent", 1, 5, null);
        var chain = state.Admit(PoolState.ShareOf(Ask(1, 4), 9), above);
        Assert.Equal(new PoolChain("pool", 3, Route.Entry, above), chain);
        Assert.Same(chain, state.Admit(PoolState.ShareOf(Ask(2, 4), 9), above));
        Assert.Equal((2, 8L, 0, 2L), (state.Ledger.UsedWorkers, state.Ledger.UsedBytes, state.Ledger.HeldWorkers, state.Totals.Admitted));
    }

    [Fact]
    public void Only_the_withdrawn_request_is_refused_when_it_arrives()
    {
        Assert.False(state.WasWithdrawn(Ask(1, 0)));
        state.Withdraw(new JobId(1, 1), Route.Entry);
        Assert.True(state.WasWithdrawn(Ask(1, 0)));
        Assert.False(state.WasWithdrawn(Ask(1, 0) with { Route = 99 }));
        Assert.False(state.WasWithdrawn(Ask(2, 0)));
    }

    [Fact]
    public void A_reject_after_which_the_node_asks_again_is_not_counted()
    {
        var reject = Rejects.Timeout("parent", TimeSpan.FromSeconds(1));
        state.Deny(Ask(1, 0), AcquireReply.No(reject, askAgain: true));
        state.Deny(Ask(1, 0) with { IsTrial = true }, reject);
        Assert.Empty(state.Totals.Rejected);
        state.Deny(Ask(1, 0), reject);
        Assert.Equal([new(RejectReason.PoolTimeout, 1)], state.Totals.Rejected);
    }

    [Fact]
    public void A_pool_delegates_if_it_has_a_parent_or_a_selector()
    {
        Assert.False(state.Delegates);
        state.Apply(state.Configuration with { Parent = "parent" });
        Assert.True(state.Delegates);
        state.Apply(state.Configuration with { Parent = null, Selector = "selector" });
        Assert.True(state.Delegates);
    }

    [Fact]
    public void A_restored_share_is_committed_even_if_it_does_not_fit_and_is_no_admission()
    {
        var request = Ask(1, 50);
        state.Restore(PoolState.ShareOf(request, 7), null);
        var share = Assert.Single(state.Ledger.All());
        Assert.Equal((request.Job, 50L, 7L, true), (share.Request.Job, share.Request.Bytes, share.Request.Since, share.Committed));
        Assert.Equal((1, 50L, 0L), (state.Ledger.UsedWorkers, state.Ledger.UsedBytes, state.Totals.Admitted));
        state.Restore(PoolState.ShareOf(request, 8), null);
        Assert.Equal(1, state.Ledger.UsedWorkers);
    }

    [Fact]
    public void A_request_that_leaves_the_queue_is_not_ahead_of_others_and_may_leave_twice()
    {
        var (first, second) = (Queue(1, 1), Queue(2, 1));
        state.LeaveQueue(first);
        Assert.Null(first.Place);
        Assert.Same(second, state.Queue.First);
        state.LeaveQueue(first);
        Assert.Equal(1, state.Queue.Count);
    }

    [Fact]
    public void A_node_is_asked_first_about_the_shares_that_it_was_not_asked_about()
    {
        Hold(1, 1);
        Hold(2, 1);
        var first = Assert.Single(state.TakeTurns(state.Ledger.All(), 1)).Request.Job;
        Assert.NotEqual(first, Assert.Single(state.TakeTurns(state.Ledger.All(), 1)).Request.Job);
    }

    private void Limit(int workers, long bytes)
        => state.Apply(new PoolConfiguration { Limits = new PoolLimits(workers, bytes), MaxWaiting = 100 });

    private (long Kept, int Waiting) KeptFrom(AcquireRequest request)
    {
        Assert.Equal(HoldResult.Behind, state.TryHold(request, 0));
        var reject = state.RejectFor(HoldResult.Behind, request);
        Assert.Equal(state.Ledger.UsedBytes + reject.Kept, reject.Used);
        return (reject.Kept, reject.Waiting);
    }

    /// <summary>Small jobs that do not wait pass the large ones as often as they may.</summary>
    private void OvertakeUntilDue(string child, int bytes = 1)
    {
        for (var i = 0; i < Tuning.Pools.MaxOvertakes; i++)
        {
            Assert.Equal(HoldResult.Held, state.TryHold(From(child, 1, Ask(100 + i, bytes)), 0));
            Assert.True(state.TryRollBack(Ask(100 + i, bytes)));
        }
    }

    private void Hold(int job, long bytes) => Assert.Equal(HoldResult.Held, state.TryHold(Ask(job, bytes), 0));

    private void Release(int job) => Assert.True(state.TryRelease(new JobId(1, (ulong)job), Route.Entry, LeaseOutcome.Completed, out _));

    private void ReleaseInTurn(int job)
    {
        var outcome = LeaseOutcome.Completed with { HasTurnLeft = true };
        Assert.True(state.TryRelease(new JobId(1, (ulong)job), Route.Entry, outcome, out var freed));
        state.GiveRoom(0, freed);
    }

    private TestWaiter Queue(int job, long bytes, int priority = 0) => Queue(Ask(job, bytes, priority));

    private TestWaiter Queue(AcquireRequest request)
    {
        var waiter = new TestWaiter(request);
        state.Enqueue(waiter);
        return waiter;
    }

    private static AcquireRequest From(string child, int weight, AcquireRequest request)
        => request with { From = new PoolPath(child, weight, null) };

    private static AcquireRequest Ask(int job, long bytes, int priority = 0, double waitMs = 0) => new()
    {
        Job = new JobId(1, (ulong)job),
        Node = new NodeId("node"),
        Bytes = bytes,
        Priority = priority,
        Wait = TimeSpan.FromMilliseconds(waitMs),
    };
}
