using Handler.Pools;
using static Handler.Tests.Pools.PoolParts;

namespace Handler.Tests.Pools;

/// <summary>How a pool frees shares and withdraws requests, and which waiting job gets the room.</summary>
public sealed class PoolReleasesTests
{
    private readonly PoolParts pool = new();

    public PoolReleasesTests() => pool.Lifecycle.Advance(PoolPhase.Ready);

    [Fact]
    public void A_share_is_released_once_and_by_its_route_only()
    {
        var job = pool.Hold(Ask(1, 5));
        Release(new ReleaseRequest(job.Job, job.Route + 1, LeaseOutcome.Completed));
        Release(new ReleaseRequest(new JobId(1, 9), job.Route, LeaseOutcome.Completed));
        Assert.True(pool.Holds(job));
        Release(ReleaseOf(job, LeaseOutcome.Completed));
        Release(ReleaseOf(job, LeaseOutcome.Completed));
        Assert.False(pool.Holds(job));
        Assert.Equal(1, Assert.Single(pool.State.Totals.Outcomes).Value);
        Assert.Equal(0, pool.State.Ledger.UsedBytes);
    }

    [Fact]
    public void A_withdrawn_job_releases_the_parents_shares_too_and_an_ended_one_does_not()
    {
        var above = new PoolChain("parent", 1, 20, null);
        var ended = pool.Hold(Ask(1), above);
        var withdrawn = pool.Hold(Ask(2), above);
        Release(ReleaseOf(ended, LeaseOutcome.Completed));
        Assert.Empty(pool.Parent.Releases);
        Release(ReleaseOf(withdrawn, LeaseOutcome.Withdrawn));
        Release(ReleaseOf(withdrawn, LeaseOutcome.Withdrawn));
        Assert.Equal(new ReleaseRequest(withdrawn.Job, 20, LeaseOutcome.Withdrawn), Assert.Single(pool.Parent.Releases).Request);
        Assert.Equal(1, pool.State.Totals.Withdrawn);
    }

    [Fact]
    public void A_withdrawal_that_overtakes_its_request_is_remembered()
    {
        Release(ReleaseOf(Ask(1), LeaseOutcome.Completed));
        Assert.False(pool.State.WasWithdrawn(Ask(1)));
        Release(ReleaseOf(Ask(1), LeaseOutcome.Withdrawn));
        Assert.True(pool.State.WasWithdrawn(Ask(1)));
        Assert.False(pool.State.WasWithdrawn(Ask(1) with { Route = 99 }));
    }

    [Fact]
    public void The_room_of_a_released_share_goes_to_the_first_waiting_job()
    {
        pool.Limit(1, 10);
        var running = pool.Hold(Ask(1));
        var (first, second) = (pool.Wait(Ask(2, waitMs: 1_000)), pool.Wait(Ask(3, waitMs: 1_000)));
        Release(ReleaseOf(running, LeaseOutcome.Completed));
        Assert.Null(first.Now());
        Assert.False(second.IsCompleted);
        Assert.True(pool.Holds(Ask(2)));
    }

    [Fact]
    public void A_withdrawn_waiting_request_leaves_the_queue_and_those_behind_it_get_the_room()
    {
        pool.Limit(10, 10);
        pool.Hold(Ask(1, 6));
        var big = pool.Wait(Ask(2, 8, waitMs: 1_000));
        var small = pool.Wait(Ask(3, 4, waitMs: 1_000));
        pool.Turn(() => pool.Releases.Withdraw(new JobId(1, 2), 99));
        Assert.Equal(2, pool.State.Queue.Count);
        pool.Turn(() => pool.Releases.Withdraw(new JobId(1, 2), Route.Entry));
        Assert.Equal(RejectReason.PoolTimeout, big.Now()!.Reason);
        Assert.Null(small.Now());
        Assert.Equal((0, 0), (pool.State.Queue.Count, pool.Pending.Count));
    }

    [Fact]
    public void A_withdrawn_request_is_withdrawn_from_the_parent_that_is_asked()
    {
        var asking = pool.Pending.Add(Ask(1));
        (asking.Parent, asking.ParentRoute) = ("parent", 30);
        Release(ReleaseOf(Ask(1), LeaseOutcome.Withdrawn));
        Assert.True(asking.Withdrawn);
        Assert.Equal(new ReleaseRequest(asking.Request.Job, 30, LeaseOutcome.Withdrawn), Assert.Single(pool.Parent.Releases).Request);
    }

    [Fact]
    public void All_requests_that_meet_a_condition_are_withdrawn()
    {
        pool.Limit(1, 10);
        pool.Hold(Ask(1));
        var left = new[] { pool.Wait(Ask(2, 1, waitMs: 1_000)), pool.Wait(Ask(3, 1, waitMs: 1_000)) };
        var stays = pool.Wait(Ask(4, 2, waitMs: 1_000));
        pool.Turn(() => pool.Releases.WithdrawAll(asking => asking.Request.Bytes == 1));
        Assert.All(left, each => Assert.NotNull(each.Now()));
        Assert.False(stays.IsCompleted);
        Assert.Equal(1, pool.Pending.Count);
    }

    [Fact]
    public void A_dropped_share_counts_as_lost_and_its_room_is_given()
    {
        pool.Limit(1, 10);
        var lost = pool.Hold(Ask(1));
        var waiting = pool.Wait(Ask(2, waitMs: 1_000));
        Drop(lost);
        Assert.Null(waiting.Now());
        Assert.Equal(1, pool.State.Totals.Outcomes[JobOutcomeKind.Lost]);
        Assert.True(pool.State.WasWithdrawn(lost));
        Assert.Empty(pool.Parent.Releases);
    }

    [Fact]
    public void A_share_that_was_released_before_is_not_dropped()
    {
        Drop(Ask(1));
        var job = pool.Hold(Ask(2));
        Drop(job with { Route = 99 });
        Assert.True(pool.Holds(job));
        Assert.Empty(pool.State.Totals.Outcomes);
        Assert.False(pool.State.WasWithdrawn(Ask(1)));
    }

    [Fact]
    public void A_share_that_is_rolled_back_does_not_count_and_its_room_is_given()
    {
        pool.Limit(1, 10);
        pool.State.TryHold(Ask(1), 0);
        var waiting = pool.Wait(Ask(2, waitMs: 1_000));
        pool.Turn(() => pool.Releases.RollBack(Ask(3)));
        Assert.False(waiting.IsCompleted);
        pool.Turn(() => pool.Releases.RollBack(Ask(1)));
        Assert.Null(waiting.Now());
        Assert.Equal((0, 0), (pool.State.Totals.Withdrawn, pool.State.Totals.Outcomes.Count));
    }

    [Fact]
    public void Nothing_is_released_above_the_last_pool_of_a_chain()
    {
        pool.Turn(() => pool.Releases.ReleaseAbove(null, new JobId(1, 1)));
        Assert.Empty(pool.Parent.Releases);
    }

    [Fact]
    public void A_pool_that_is_not_ready_gives_no_room()
    {
        pool.Limit(1, 10);
        var job = pool.Hold(Ask(1));
        pool.Lifecycle.Advance(PoolPhase.Leaving);
        pool.State.Enqueue(new TestWaiter(Ask(2)));
        Release(ReleaseOf(job, LeaseOutcome.Completed));
        Assert.Equal((0, 1), (pool.State.Ledger.UsedWorkers, pool.State.Queue.Count));
    }

    private void Release(ReleaseRequest request) => pool.Turn(() => pool.Releases.Release(request));

    private void Drop(AcquireRequest request) => pool.Turn(() => pool.Releases.Drop(PoolState.ShareOf(request, 0)));
}
