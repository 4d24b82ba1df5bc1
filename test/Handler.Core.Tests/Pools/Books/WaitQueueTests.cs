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

    private static AcquireRequest Ask(string? child, long bytes) => new()
    {
        Job = default,
        Node = default,
        Bytes = bytes,
        From = child is null ? null : new PoolPath(child, 1, null),
    };

    private void Hold(string? child, long bytes)
        => Assert.Equal(
            HoldResult.Held,
            ledger.TryHold(PoolState.ShareOf(Ask(child, bytes) with { Job = new JobId(1, ++jobs) }, 0)));

    private TestWaiter Add(string child, long bytes)
    {
        var waiter = new TestWaiter(Ask(child, bytes));
        queue.Add(waiter);
        return waiter;
    }
}
