using Handler.FairShare;
using Handler.Pools;
using static Handler.Tests.Pools.PoolParts;

namespace Handler.Tests.Pools;

/// <summary>How a pool asks its parents for their shares of a job, and what it releases if the job does not run.</summary>
public sealed class ParentRequestsTests : IDisposable
{
    private const double NoTime = 0;
    private const double Minute = 60_000;

    private static readonly JobRejected Full = new("parent", RejectReason.NoWorkersAvailable, 1, 1, 1);
    private static readonly JobRejected TooBig = new("parent", RejectReason.InsufficientMemory, 9, 0, 8);
    private static readonly PoolChain Chain = new("parent", 7, 20, null);

    private readonly PoolParts pool = new();
    private readonly CancellationTokenSource leaving = new();
    private readonly ParentRequests asking;
    private PendingAcquire? heldAgain;
    private string[] selected = ["parent", "other"];

    public ParentRequestsTests()
    {
        var ports = pool.Ports with
        {
            Selectors = new Dictionary<string, IPoolSelector> { ["chosen"] = new FunctionSelector((_, _) => selected) },
        };
        var selection = new ParentSelection(pool.State, pool.Background, ports);
        asking = new(pool.State, pool.Lifecycle, pool.Pending, pool.Parents, selection, pool.Releases, ports, HoldAgain, leaving.Token);
        pool.Lifecycle.Advance(PoolPhase.Ready);
        pool.Limit(10, 1_000, "parent");
    }

    [Fact]
    public void The_parent_is_asked_by_a_route_of_its_own_and_gets_less_time()
    {
        Begin(Ask(1, 5, name: "import", waitMs: Minute) with { Seen = 1, Priority = 3 });
        var expected = Ask(1, 5, name: "import", waitMs: Minute) with
        {
            Priority = 3,
            Route = Route.Through(Route.Entry, 1, 0),
            From = new PoolPath("pool", 1, null),
            Budget = TimeSpan.FromMilliseconds(937.5),
        };
        Assert.Equal(expected, Assert.Single(pool.Parent.Acquires).Request);
    }

    [Fact]
    public void A_request_that_has_returned_its_share_gets_another_one_and_asks_the_parent_by_another_route()
    {
        var reply = Begin(Ask(1, 5, waitMs: Minute));
        pool.State.Apply(pool.State.Configuration with { Guarantees = new GuaranteeList([new Guarantee("b", null, 10, 0)]) });
        pool.Turn(asking.ReturnShares);
        Assert.False(pool.Holds(Ask(1)));
        Assert.Equal(LeaseOutcome.Withdrawn, Assert.Single(pool.Parent.Releases).Request.Outcome);
        pool.Turn(() => pool.Parent.Acquires[0].Reply.TrySetResult(AcquireReply.Yes(Chain))); // too late
        Assert.Equal(Chain.Route, pool.Parent.Releases[1].Request.Route);
        pool.Turn(() => pool.Parent.Releases[1].Reply.TrySetResult(new ReleaseReply(7)));
        Assert.Same(heldAgain, Assert.Single(pool.Pending.Where(static _ => true)));
        Assert.Equal(1, heldAgain!.Moves);
        Assert.False(reply.IsCompleted);
    }

    [Fact]
    public void A_job_that_the_parent_admits_may_run()
    {
        var asked = Begin(Ask(1));
        Assert.Equal((1, 1), (pool.State.Ledger.HeldWorkers, pool.Pending.Count));
        Grant(pool.Parent);
        Assert.Equal("pool:1 → parent:7", asked.Now().Chain!.ToString());
        Assert.Equal((0, 1, 0), (pool.State.Ledger.HeldWorkers, pool.State.Ledger.UsedWorkers, pool.Pending.Count));
        Assert.Equal(1, pool.State.Totals.Admitted);
    }

    [Fact]
    public void A_reject_of_the_parent_is_passed_on_and_counted_and_the_share_is_free()
    {
        var asked = Begin(Ask(1));
        Refuse(pool.Parent, Full);
        Assert.Same(Full, asked.Now().Reject);
        AssertNothingIsHeld();
        Assert.Equal(1, pool.State.Totals.Rejected[RejectReason.NoWorkersAvailable]);
    }

    [Fact]
    public void A_parent_that_replies_synchronously_leaves_nothing_pending()
    {
        pool.Parent.Reply = AcquireReply.Yes(Chain);
        Assert.Equal("pool:1 → parent:7", Begin(Ask(1)).Now().Chain!.ToString());
        pool.Parent.Reply = AcquireReply.No(Full);
        Assert.Same(Full, Begin(Ask(2)).Now().Reject);
        Assert.Equal((1, 0), (pool.State.Ledger.UsedWorkers, pool.Pending.Count));
        Assert.Equal(1, pool.State.Totals.Rejected[RejectReason.NoWorkersAvailable]);
    }

    [Fact]
    public void A_parent_that_does_not_exist_rejects_the_job()
    {
        pool.Limit(10, 1_000, "missing");
        Assert.Equal(Rejects.NoSuchPool("missing"), Begin(Ask(1)).Now().Reject);
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_pool_that_has_lost_its_parent_meanwhile_admits_the_job_alone()
    {
        pool.Limit(10, 1_000);
        Assert.Equal("pool:1", Begin(Ask(1)).Now().Chain!.ToString());
    }

    [Fact]
    public void A_job_that_has_come_through_too_many_pools_is_rejected_before_the_parent_is_asked()
    {
        Assert.Equal(Rejects.SelectorFailed("pool"), Begin(Ask(1) with { Route = Route.Entry | (Route.MaxDepth - 1) }).Now().Reject);
        Assert.Empty(pool.Parent.Acquires);
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_parent_that_does_not_reply_in_time_is_asked_to_forget_the_request()
    {
        var asked = Begin(Ask(1));
        pool.Advance(936);
        Assert.False(asked.IsCompleted);
        pool.Advance(2);
        Assert.Equal(AcquireReply.No(Rejects.Timeout("parent", TimeSpan.FromMilliseconds(937))), asked.Now());
        Assert.Equal(Withdrawal(Route.Through(Route.Entry, 1, 0)), Assert.Single(pool.Parent.Releases).Request);
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_call_that_fails_lets_the_node_ask_again_and_does_not_count_as_a_reject()
    {
        var asked = Begin(Ask(1));
        Fail(pool.Parent);
        Assert.True(asked.Now().AskAgain);
        Assert.Equal(Withdrawal(Route.Through(Route.Entry, 1, 0)), Assert.Single(pool.Parent.Releases).Request);
        Assert.All(pool.State.Totals.Rejected.Values, static count => Assert.Equal(0, count));
        AssertNothingIsHeld();
    }

    [Fact]
    public void What_a_parent_grants_after_a_withdrawal_is_released_before_the_reply()
    {
        var asked = Begin(Ask(1));
        Release(Ask(1), LeaseOutcome.Withdrawn);
        Grant(pool.Parent);
        Assert.Equal(
            [Withdrawal(Route.Through(Route.Entry, 1, 0)), Withdrawal(Chain.Route)],
            pool.Parent.Releases.Select(static call => call.Request));
        Assert.False(asked.IsCompleted);
        pool.Turn(() => pool.Parent.Releases[1].Reply.SetResult(new ReleaseReply(7)));
        Assert.Equal(RejectReason.PoolTimeout, asked.Now().Reject.Reason);
        Assert.Equal(0, pool.State.Totals.Rejected.GetValueOrDefault(RejectReason.PoolTimeout));
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_parent_that_does_not_acknowledge_a_release_delays_the_reply_by_one_timeout()
    {
        var asked = Begin(Ask(1));
        Release(Ask(1), LeaseOutcome.Withdrawn);
        Grant(pool.Parent);
        pool.Advance(999);
        Assert.False(asked.IsCompleted);
        pool.Advance(1);
        Assert.False(asked.Now().Admitted);
    }

    [Fact]
    public void What_a_parent_grants_for_a_share_that_is_gone_is_released()
    {
        var asked = Begin(Ask(1));
        Release(Ask(1), new LeaseOutcome(JobOutcomeKind.Lost));
        Grant(pool.Parent);
        Assert.Equal(RejectReason.PoolTimeout, asked.Now().Reject.Reason);
        Assert.Equal(Withdrawal(Chain.Route), Assert.Single(pool.Parent.Releases).Request);
    }

    [Fact]
    public void A_pool_that_is_removed_meanwhile_says_so()
    {
        var asked = Begin(Ask(1));
        pool.Turn(() => pool.Lifecycle.Advance(PoolPhase.Removed));
        Refuse(pool.Parent, Full);
        Assert.Equal(Rejects.NoSuchPool("pool"), asked.Now().Reject);
        AssertNothingIsHeld();
    }

    [Fact]
    public void An_activation_that_leaves_stops_waiting_and_withdraws_its_request()
    {
        var asked = Begin(Ask(1, waitMs: Minute));
        pool.Turn(() => pool.Lifecycle.Advance(PoolPhase.Leaving));
        pool.Turn(leaving.Cancel);
        Assert.Throws<PoolSupersededException>(() => asked.Now());
        Assert.Equal(LeaseOutcome.Withdrawn, Assert.Single(pool.Parent.Releases).Request.Outcome);
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_selector_that_names_no_pool_rejects_the_job()
    {
        Assert.Equal(Rejects.NoParentSelected("pool"), Select([], NoTime).Now().Reject);
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_selector_that_fails_rejects_the_job()
    {
        Assert.Equal(Rejects.SelectorFailed("pool"), Select([null!], NoTime).Now().Reject);
        AssertNothingIsHeld();
    }

    [Fact]
    public void Selected_parents_are_asked_in_order_until_one_admits_and_the_last_gets_more_time()
    {
        var asked = Select(["parent", "other", "never"], Minute);
        Assert.Empty(pool.OtherParent.Acquires);
        Refuse(pool.Parent, Full);
        Grant(pool.OtherParent);
        Assert.True(asked.Now().Admitted);
        var (first, second) = (pool.Parent.Acquires.Single().Request, pool.OtherParent.Acquires.Single().Request);
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (first.Wait, second.Wait));
        Assert.Equal((750, 750), (first.Budget.TotalMilliseconds, second.Budget.TotalMilliseconds));
        Assert.Equal((Route.Through(Route.Entry, 1, 0), Route.Through(Route.Entry, 1, 1)), (first.Route, second.Route));
    }

    [Fact]
    public void The_only_selected_parent_may_let_the_job_wait()
    {
        Select(["parent"], Minute);
        var request = Assert.Single(pool.Parent.Acquires).Request;
        Assert.Equal((Minute, 937.5), (request.Wait.TotalMilliseconds, request.Budget.TotalMilliseconds));
    }

    [Fact]
    public void A_job_that_does_not_wait_is_rejected_when_all_selected_parents_are_full()
    {
        var asked = Select(["parent", "other"], NoTime);
        Refuse(pool.Parent, Full);
        Refuse(pool.OtherParent, Full);
        Assert.Equal(Full, asked.Now().Reject);
        Assert.Equal((1, 1), (pool.Parent.Acquires.Count, pool.OtherParent.Acquires.Count));
        AssertNothingIsHeld();
    }

    [Fact]
    public void When_all_selected_parents_are_full_the_job_waits_at_the_first_for_the_time_that_is_left()
    {
        var asked = Select(["parent", "other"], Minute);
        pool.Advance(300);
        Refuse(pool.Parent, Full);
        Refuse(pool.OtherParent, Full);
        var again = pool.Parent.Acquires[1].Request;
        Assert.Equal((Minute - 300, 937.5), (again.Wait.TotalMilliseconds, again.Budget.TotalMilliseconds));
        Assert.Equal(Route.AgainThrough(Route.Entry, 1, 0), again.Route);
        Grant(pool.Parent, 1);
        Assert.True(asked.Now().Admitted);
        Assert.Single(pool.OtherParent.Acquires);
    }

    [Fact]
    public void If_the_first_full_parent_lets_no_more_jobs_wait_the_next_is_tried()
    {
        var asked = Select(["parent", "other"], Minute);
        Refuse(pool.Parent, Full);
        Refuse(pool.OtherParent, Full);
        Refuse(pool.Parent, new JobRejected("parent", RejectReason.QueueFull, 1, 5, 5), 1);
        Assert.Equal(Route.AgainThrough(Route.Entry, 1, 1), pool.OtherParent.Acquires[1].Request.Route);
        Refuse(pool.OtherParent, Full, 1);
        Assert.Same(Full, asked.Now().Reject);
        AssertNothingIsHeld();
    }

    [Fact]
    public void No_job_waits_at_a_parent_that_could_never_admit_it()
    {
        Select(["parent", "other"], Minute);
        Refuse(pool.Parent, TooBig);
        Refuse(pool.OtherParent, Full);
        Assert.Single(pool.Parent.Acquires);
        Assert.Equal(2, pool.OtherParent.Acquires.Count);
    }

    [Fact]
    public void A_full_parent_is_the_reason_rather_than_one_that_does_not_exist()
    {
        var asked = Select(["parent", "missing"], NoTime);
        Refuse(pool.Parent, Full);
        Assert.Same(Full, asked.Now().Reject);
        asked = Select(["missing", "parent"], NoTime, job: 2);
        Refuse(pool.Parent, Full, 1);
        Assert.Same(Full, asked.Now().Reject);
    }

    [Fact]
    public void A_withdrawn_request_goes_to_no_further_parent()
    {
        var asked = Select(["parent", "other"], Minute);
        Release(Ask(1, waitMs: Minute), LeaseOutcome.Withdrawn);
        Refuse(pool.Parent, Full);
        Assert.Same(Full, asked.Now().Reject);
        Assert.Empty(pool.OtherParent.Acquires);
        Assert.Equal(0, pool.State.Totals.Rejected.GetValueOrDefault(RejectReason.NoWorkersAvailable));
    }

    [Fact]
    public void A_request_at_a_former_parent_is_withdrawn_there_and_goes_to_the_new_one()
    {
        var asked = Begin(Ask(1, waitMs: Minute));
        ChangeParent();
        Assert.Equal(Withdrawal(Route.Through(Route.Entry, 1, 0)), Assert.Single(pool.Parent.Releases).Request);
        Assert.Empty(pool.OtherParent.Acquires);
        Refuse(pool.Parent, Rejects.Timeout("parent", default));
        var moved = Assert.Single(pool.OtherParent.Acquires).Request;
        Assert.Equal(Route.Through(Route.Entry, 1, 1 << 16), moved.Route);
        Grant(pool.OtherParent);
        Assert.True(asked.Now().Admitted);
    }

    [Fact]
    public void What_a_former_parent_grants_is_released()
    {
        var asked = Begin(Ask(1, waitMs: Minute));
        ChangeParent();
        Grant(pool.Parent);
        Assert.Equal(Withdrawal(Chain.Route), pool.Parent.Releases[1].Request);
        pool.Turn(() => pool.Parent.Releases[1].Reply.SetResult(new ReleaseReply(7)));
        Grant(pool.OtherParent);
        Assert.True(asked.Now().Admitted);
    }

    [Fact]
    public void A_request_is_withdrawn_from_a_former_parent_once_however_often_the_parents_change()
    {
        Begin(Ask(1, waitMs: Minute));
        ChangeParent();
        pool.Turn(asking.LeaveFormerParents);
        Release(Ask(1), LeaseOutcome.Withdrawn);
        Refuse(pool.Parent, Full);
        Assert.Empty(pool.OtherParent.Acquires);
        AssertNothingIsHeld();
    }

    [Fact]
    public void Requests_that_are_not_at_a_parent_stay()
    {
        pool.Turn(() => pool.Pending.Add(Ask(1)));
        ChangeParent();
        Assert.Empty(pool.Parent.Releases);
    }

    public void Dispose()
    {
        leaving.Dispose();
        Assert.Empty(pool.Failures);
    }

    private static ReleaseRequest Withdrawal(ulong route) => new(Ask(1).Job, route, LeaseOutcome.Withdrawn);

    private void Reply(TestPeer peer, int call, AcquireReply reply)
        => pool.Turn(() => peer.Acquires[call].Reply.SetResult(reply));

    private void Grant(TestPeer peer, int call = 0) => Reply(peer, call, AcquireReply.Yes(Chain));

    private void Refuse(TestPeer peer, JobRejected reject, int call = 0) => Reply(peer, call, AcquireReply.No(reject));

    private void Fail(TestPeer peer) => pool.Turn(() => peer.Acquires[0].Reply.SetException(new IOException("The parent moves.")));

    private void Release(AcquireRequest request, LeaseOutcome outcome)
        => pool.Turn(() => pool.Releases.Release(ReleaseOf(request, outcome)));

    private void ChangeParent() => pool.Turn(() =>
    {
        pool.Limit(10, 1_000, "other");
        asking.LeaveFormerParents();
    });

    /// <summary>Holds the pool's own share, and asks the parents.</summary>
    private Task<AcquireReply> Begin(AcquireRequest request) => pool.Turn(() =>
    {
        Assert.Equal(HoldResult.Held, pool.State.TryHold(request, pool.Ports.Time.GetTimestamp()));
        return asking.AskAsync(request).AsTask();
    });

    /// <summary>Asks the parents that a selector names.</summary>
    private Task<AcquireReply> Select(string[] names, double waitMs, ulong job = 1)
    {
        selected = names;
        pool.State.Apply(new PoolConfiguration { Limits = new PoolLimits(10, 1_000), Selector = "chosen" });
        return Begin(Ask(job, waitMs: waitMs));
    }

    private void AssertNothingIsHeld() => Assert.Equal((0, 0), (pool.State.Ledger.UsedWorkers, pool.Pending.Count));

    private ValueTask<AcquireReply> HoldAgain(PendingAcquire pending)
    {
        heldAgain = pending;
        return new ValueTask<AcquireReply>(new TaskCompletionSource<AcquireReply>().Task);
    }
}
