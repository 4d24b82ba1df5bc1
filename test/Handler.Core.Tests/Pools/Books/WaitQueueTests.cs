using Handler.FairShare;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class WaitQueueTests
{
    private readonly FairTree<WaiterLevels> tree = new();
    private readonly PoolLedger ledger;
    private readonly WaitQueue queue;
    private ulong jobs;

    public WaitQueueTests()
    {
        ledger = new PoolLedger(new PoolLimits(100, 10), tree);
        queue = new WaitQueue(tree);
    }

    [Fact]
    public void The_limits_of_a_new_ledger_are_what_the_children_share()
        => Assert.Equal((0.5, 0.2), (tree.ShareWith(tree.Find(null), 1, 5), tree.ShareWith(tree.Find(null), 20, 1)));

    [Fact]
    public void A_waiting_job_can_leave_the_queue_only_once()
    {
        var (first, second) = (Add("a", 1), Add("b", 1));
        queue.Remove(first);
        queue.Remove(first);
        Assert.Null(first.Leaf);
        Assert.Equal(1, queue.Count);
        Assert.Equal([second], queue.Where(_ => true));
        Assert.Empty(queue.Where(waiter => waiter == first));
    }

    [Fact]
    public void Nothing_is_next_while_no_worker_is_free()
    {
        ledger.Limits = new PoolLimits(1, 10);
        Hold(null, 0);
        Add("a", 0);
        Assert.Null(queue.Next(ledger));
        ledger.Limits = new PoolLimits(2, 10);
        Assert.NotNull(queue.Next(ledger));
    }

    [Fact]
    public void The_jobs_of_one_child_never_overtake_each_other()
    {
        Hold("b", 5);
        Add("a", 6);
        Add("a", 1);
        Assert.Null(queue.Next(ledger));
    }

    [Fact]
    public void A_job_of_another_child_overtakes_one_that_is_too_large_a_limited_number_of_times()
    {
        Hold("b", 5);
        var large = Add("a", 6);
        for (var i = 0; i < Tuning.Pools.MaxOvertakes; i++)
        {
            var small = Add("b", 1);
            Assert.Same(small, queue.Next(ledger));
            var leaf = small.Leaf!;
            queue.Remove(small);
            queue.Served(leaf, 1);
        }

        Assert.Equal(Tuning.Pools.MaxOvertakes, large.Leaf!.Queue!.Overtaken);
        Add("b", 1);
        Assert.Null(queue.Next(ledger));
        Assert.False(queue.TryPass(Ask("c", 1), ledger));
        ledger.Limits = new PoolLimits(100, 11);
        Assert.Same(large, queue.Next(ledger));
    }

    /// <summary>It was overtaken for ever by children whose jobs had just ended: they use less, until their next job has room.</summary>
    [Fact]
    public void A_child_that_uses_something_is_overtaken_a_limited_number_of_times_by_children_that_use_nothing()
    {
        Hold("a", 1);
        var b = Hold("b", 5);
        var large = Add("a", 5);
        for (var i = 0; i < Tuning.Pools.MaxOvertakes; i++)
            Assert.True(queue.TryPass(Ask($"c{i}", 2), ledger));

        Assert.Equal(Tuning.Pools.MaxOvertakes, large.Leaf!.Queue!.Overtaken);
        Assert.False(queue.TryPass(Ask("d", 2), ledger));
        Assert.True(queue.TryPass(Ask("d", 1), ledger)); // then d uses as much as a, not more
        Add("d", 2);
        Assert.Null(queue.Next(ledger));
        Assert.True(ledger.Release(b, Route.Entry, out _));
        Assert.Same(large, queue.Next(ledger));
    }

    [Fact]
    public void A_job_of_a_child_that_comes_first_counts_as_overtaking_only_if_that_child_then_uses_more()
    {
        Hold("a", 3);
        Hold("b", 4);
        var large = Add("a", 6);
        Assert.True(queue.TryPass(Ask("c", 3), ledger));
        Assert.Equal(0, large.Leaf!.Queue!.Overtaken);
        Hold("c", 1);
        Assert.Same(Add("c", 2), queue.Next(ledger));
        queue.Served(tree.Find(new PoolPath("c", 1, null)), 2);
        Assert.Equal(0, large.Leaf!.Queue!.Overtaken);
        queue.Remove(queue.Where(static waiter => waiter.Request.Bytes == 2).Single());
        Assert.False(queue.TryPass(Ask("c", 3), ledger)); // no room
        ledger.Limits = new PoolLimits(100, 11);
        Assert.True(queue.TryPass(Ask("c", 3), ledger));
        Assert.Equal(1, large.Leaf!.Queue!.Overtaken);
    }

    [Fact]
    public void A_job_that_fits_but_is_not_next_is_not_overtaken()
    {
        Hold("a", 1);
        var large = Add("a", 7);
        Assert.True(queue.TryPass(Ask("b", 2), ledger));
        Assert.Equal(0, large.Leaf!.Queue!.Overtaken);
    }

    [Fact]
    public void Children_that_are_due_are_served_in_the_order_in_which_they_became_due()
    {
        var (most, rest) = (Hold("x", 5), Hold("x", 1));
        var (first, second) = (Add("a", 6), Add("b", 5));
        for (var i = 0; i < Tuning.Pools.MaxOvertakes; i++)
            Assert.True(queue.TryPass(Ask("c", 1), ledger));
        ledger.Release(rest, Route.Entry, out _);
        Assert.Null(queue.Next(ledger)); // the second fits
        ledger.Release(most, Route.Entry, out _);
        Assert.Same(first, queue.Next(ledger));
        var leaf = first.Leaf!;
        queue.Remove(first);
        queue.Served(leaf, 6);
        Assert.Same(second, queue.Next(ledger));
    }

    [Fact]
    public void No_room_is_kept_for_a_job_that_the_limits_no_longer_admit_or_that_has_left()
    {
        Hold("x", 5);
        var large = Add("a", 6);
        for (var i = 0; i < Tuning.Pools.MaxOvertakes; i++)
            Assert.True(queue.TryPass(Ask("c", 1), ledger));
        var small = Add("b", 1);
        Assert.Null(queue.Next(ledger));
        ledger.Limits = new PoolLimits(100, 5);
        Assert.Same(large, queue.Next(ledger)); // to be rejected
        ledger.Limits = new PoolLimits(100, 10);
        Assert.Null(queue.Next(ledger));
        queue.Remove(large);
        Assert.Same(small, queue.Next(ledger));
        Add("a", 6);
        Assert.Same(small, queue.Next(ledger));
    }

    /// <summary>Compared with its sibling the sub-pool uses less, compared with the other tenant its tenant uses more.</summary>
    [Fact]
    public void Sub_pools_are_compared_with_their_siblings_and_tenants_with_tenants()
    {
        Hold(Ask(Path("tenant", "busy"), 3));
        Hold("other", 2);
        var large = Add(Ask(Path("tenant", "large"), 6));
        Assert.True(queue.TryPass(Ask("other", 1), ledger));
        Assert.Equal(0, large.Leaf!.Queue!.Overtaken);
        for (var i = 0; i < Tuning.Pools.MaxOvertakes; i++)
            Assert.True(queue.TryPass(Ask(Path("tenant", "busy"), 1), ledger));
        Assert.False(queue.TryPass(Ask(Path("tenant", "busy"), 1), ledger));
        Assert.True(queue.TryPass(Ask("other", 1), ledger));
        Assert.False(queue.TryPass(Ask("other", 2), ledger));
    }

    [Fact]
    public void A_request_that_does_not_wait_counts_as_overtaking_too()
    {
        Hold("b", 5);
        var large = Add("a", 6);
        Assert.True(queue.TryPass(Ask("c", 1), ledger));
        Assert.Equal(1, large.Leaf!.Queue!.Overtaken);
        Assert.False(queue.TryPass(Ask("a", 1), ledger)); // the child of the large job waits in order
        Assert.False(queue.TryPass(Ask("c", 6), ledger));
        Assert.Equal((1, 1), (large.Leaf!.Queue!.Overtaken, queue.Count));
    }

    [Fact]
    public void A_job_that_the_limits_never_admit_is_next_so_that_it_can_be_rejected()
    {
        var never = Add("a", 11);
        Assert.Same(never, queue.Next(ledger));
    }

    [Fact]
    public void Only_the_first_children_are_checked()
    {
        Hold("other", 5);
        for (var i = 0; i < Tuning.Pools.MaxHeadsChecked; i++)
            Add($"large{i}", 6);
        var small = Add("small", 1);
        Assert.Null(queue.Next(ledger));
        queue.Remove(queue.First!);
        Assert.Same(small, queue.Next(ledger));
    }

    private static PoolPath Path(string child, string below) => new(child, 1, new PoolPath(below, 1, null));

    private static AcquireRequest Ask(string? child, long bytes) => Ask(child is null ? null : new PoolPath(child, 1, null), bytes);

    private static AcquireRequest Ask(PoolPath? path, long bytes) => new()
    {
        Job = default,
        Node = default,
        Bytes = bytes,
        From = path,
    };

    private JobId Hold(string? child, long bytes) => Hold(Ask(child, bytes));

    private JobId Hold(AcquireRequest request)
    {
        var job = new JobId(1, ++jobs);
        Assert.Equal(HoldResult.Held, ledger.TryHold(PoolState.ShareOf(request with { Job = job }, 0)));
        return job;
    }

    private TestWaiter Add(string child, long bytes) => Add(Ask(child, bytes));

    private TestWaiter Add(AcquireRequest request)
    {
        var waiter = new TestWaiter(request);
        queue.Add(waiter);
        return waiter;
    }
}
