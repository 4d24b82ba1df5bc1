using Handler.Pools;
using static Handler.Tests.Pools.PoolParts;

namespace Handler.Tests.Pools;

/// <summary>How a request waits for room, and why it stops.</summary>
public sealed class WaitingRoomTests
{
    private static readonly JobRejected TooBig = new("parent", RejectReason.InsufficientMemory, 9, 0, 8);

    private readonly PoolParts pool = new();
    private readonly AcquireRequest running;

    public WaitingRoomTests()
    {
        pool.Lifecycle.Advance(PoolPhase.Ready);
        pool.Limit(1, 10);
        running = pool.Hold(Ask(1));
    }

    [Fact]
    public void A_request_without_time_to_wait_is_rejected_immediately()
    {
        Assert.Equal(new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 1, 1), pool.Wait(Ask(2)).Now());
        Assert.Equal(0, pool.State.Queue.Count);
    }

    [Fact]
    public void A_request_that_finds_the_queue_full_is_rejected_immediately()
    {
        pool.Limit(1, 10, maxWaiting: 1);
        var waiting = pool.Wait(Ask(2, waitMs: 1_000));
        Assert.Equal(RejectReason.QueueFull, pool.Wait(Ask(3, waitMs: 1_000)).Now()!.Reason);
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public void A_request_that_gets_room_holds_its_share()
    {
        var waiting = pool.Wait(Ask(2, 3, waitMs: 1_000));
        End(running);
        Assert.Null(waiting.Now());
        Assert.True(pool.Holds(Ask(2)));
        pool.Advance(1_000);
        Assert.True(pool.Holds(Ask(2)));
    }

    [Fact]
    public void A_request_whose_time_is_up_is_rejected_for_what_is_missing_then()
    {
        pool.Limit(1, 10);
        var waiting = pool.Wait(Ask(2, 8, waitMs: 100));
        pool.Advance(99);
        Assert.False(waiting.IsCompleted);
        pool.Limit(2, 10);
        pool.State.Admit(PoolState.ShareOf(Ask(3, 10), 0), null);
        pool.Limit(3, 10);
        pool.Advance(1);
        Assert.Equal(new JobRejected("pool", RejectReason.InsufficientMemory, 8, 10, 10), waiting.Now());
        Assert.Equal(0, pool.State.Queue.Count);
    }

    [Fact]
    public void A_request_whose_time_is_up_takes_room_that_is_free_at_that_moment()
    {
        var waiting = pool.Wait(Ask(2, waitMs: 100));
        pool.Limit(2, 10);
        pool.Advance(100);
        Assert.Null(waiting.Now());
        Assert.True(pool.Holds(Ask(2)));
    }

    [Fact]
    public void Those_behind_a_request_whose_time_is_up_get_the_room()
    {
        pool.Limit(2, 10);
        pool.State.Admit(PoolState.ShareOf(Ask(4, 5), 0), null);
        End(running);
        var big = pool.Wait(Ask(2, 8, waitMs: 100));
        var small = pool.Wait(Ask(3, 5, waitMs: 1_000));
        pool.Advance(100);
        Assert.NotNull(big.Now());
        Assert.Null(small.Now());
    }

    [Fact]
    public void A_withdrawn_request_is_rejected_even_if_it_has_just_got_its_share()
    {
        var (waiting, held) = (pool.Wait(Ask(2, waitMs: 1_000)), pool.Wait(Ask(3, waitMs: 1_000)));
        pool.Turn(() => pool.Releases.Release(ReleaseOf(Ask(2), LeaseOutcome.Withdrawn)));
        Assert.Equal(Rejects.Timeout("pool", TimeSpan.FromSeconds(1)), waiting.Now());
        pool.Turn(() =>
        {
            pool.Releases.Release(ReleaseOf(running, LeaseOutcome.Completed));
            Assert.True(pool.Holds(Ask(3)));
            pool.Releases.Release(ReleaseOf(Ask(3), LeaseOutcome.Withdrawn));
        });
        Assert.Equal(Rejects.Timeout("pool", TimeSpan.FromSeconds(1)), held.Now());
        Assert.False(pool.Holds(Ask(3)));
    }

    [Fact]
    public void A_request_is_sent_to_the_next_activation_when_this_one_leaves()
    {
        var waiting = pool.Wait(Ask(2, waitMs: 1_000));
        pool.Turn(() => pool.Lifecycle.Advance(PoolPhase.Leaving));
        Assert.Throws<PoolSupersededException>(() => waiting.Now());
        Assert.Equal(0, pool.State.Queue.Count);
    }

    [Fact]
    public void A_request_is_rejected_when_the_pool_is_removed()
    {
        var waiting = pool.Wait(Ask(2, waitMs: 1_000));
        pool.Turn(() => pool.Lifecycle.Advance(PoolPhase.Removed));
        Assert.Equal(Rejects.NoSuchPool("pool"), waiting.Now());
    }

    [Fact]
    public void A_request_that_an_ancestor_could_never_admit_stops_waiting_and_so_do_all_of_its_size()
    {
        pool.Limit(1, 10, parent: "parent");
        var (first, second) = (pool.Wait(Ask(2, 9, waitMs: 1_000)), pool.Wait(Ask(3, 8, waitMs: 1_000)));
        Assert.False(first.IsCompleted);
        pool.Parent.WhyInfeasible = bytes => new(bytes > 8 ? TooBig : null);
        var third = pool.Wait(Ask(4, 9, waitMs: 1_000));
        Assert.Equal((TooBig, TooBig), (first.Now(), third.Now()));
        Assert.False(second.IsCompleted);
        Assert.Equal(1, pool.State.Queue.Count);
    }

    [Fact]
    public void An_infeasible_request_makes_room_for_those_behind_it()
    {
        pool.Limit(2, 10, parent: "parent");
        pool.State.Admit(PoolState.ShareOf(Ask(4, 5), 0), null);
        End(running);
        var reply = new TaskCompletionSource<JobRejected?>();
        pool.Parent.WhyInfeasible = bytes => new(bytes > 8 ? reply.Task : Task.FromResult<JobRejected?>(null));
        var big = pool.Wait(Ask(2, 9, waitMs: 1_000));
        var small = pool.Wait(Ask(3, 5, waitMs: 1_000));
        Assert.False(small.IsCompleted);
        pool.Turn(() => reply.SetResult(TooBig));
        Assert.Equal(TooBig, big.Now());
        Assert.Null(small.Now());
    }

    [Fact]
    public void A_request_waits_on_if_it_is_unknown_whether_an_ancestor_could_admit_it()
    {
        pool.Limit(1, 10, parent: "parent");
        pool.Parent.WhyInfeasible = static _ => throw new IOException("lost");
        var waiting = pool.Wait(Ask(2, 9, waitMs: 1_000));
        Assert.False(waiting.IsCompleted);
        Assert.Empty(pool.Log.Lines);
        Assert.Empty(pool.Failures);
    }

    [Fact]
    public void The_biggest_waiting_jobs_are_checked_first_and_no_smaller_ones_after_a_feasible_size()
    {
        pool.Limit(1, 10, parent: "parent");
        foreach (var (job, bytes) in new (ulong Job, long Bytes)[] { (2, 3), (3, 9), (4, 5), (5, 9) })
            pool.Wait(Ask(job, bytes, waitMs: 1_000));
        pool.Parent.FeasibilityChecks.Clear();
        pool.Parent.WhyInfeasible = bytes => new(bytes > 8 ? TooBig : null);
        pool.Turn(() => pool.WaitingRoom.RejectInfeasibleAsync()).Now();
        Assert.Equal([9, 5], pool.Parent.FeasibilityChecks);
        Assert.Equal([3, 5], pool.State.Queue.Where(static _ => true).Select(waiter => waiter.Request.Bytes));
    }

    [Fact]
    public void Nothing_is_asked_if_no_job_waits()
    {
        pool.Limit(1, 10, parent: "parent");
        pool.Turn(() => pool.WaitingRoom.RejectInfeasibleAsync()).Now();
        Assert.Empty(pool.Parent.FeasibilityChecks);
    }

    private void End(AcquireRequest job) => pool.Turn(() => pool.Releases.Release(ReleaseOf(job, LeaseOutcome.Completed)));
}
