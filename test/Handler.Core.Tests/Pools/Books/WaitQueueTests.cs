using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class WaitQueueTests
{
    private readonly WaitQueue queue = new();

    [Fact]
    public void First_returns_the_earliest_waiter_of_the_highest_priority()
    {
        var (low, high, second) = (Add(0), Add(1), Add(1));
        Assert.Same(high, queue.First);
        queue.Remove(high);
        Assert.Same(second, queue.First);
        queue.Remove(second);
        Assert.Same(low, queue.First);
        queue.Remove(low);
        Assert.Null(queue.First);
    }

    [Fact]
    public void A_waiting_job_is_ahead_of_requests_of_the_same_or_a_lower_priority()
    {
        Assert.False(queue.IsAhead(int.MinValue));
        Add(1);
        Assert.Equal([true, true, false], new[] { 0, 1, 2 }.Select(queue.IsAhead));
    }

    [Fact]
    public void A_waiting_job_can_leave_the_queue_from_any_position_and_only_once()
    {
        var (first, middle, last) = (Add(0), Add(0), Add(0));
        queue.Remove(middle);
        queue.Remove(middle);
        Assert.Null(middle.Place);
        Assert.Equal(2, queue.Count);
        Assert.Equal([first, last], queue.Where(_ => true));
        Assert.Equal([last], queue.Where(waiter => waiter == last));
    }

    private TestWaiter Add(int priority)
    {
        var waiter = new TestWaiter(new AcquireRequest { Job = default, Node = default, Priority = priority });
        queue.Add(waiter);
        return waiter;
    }
}
