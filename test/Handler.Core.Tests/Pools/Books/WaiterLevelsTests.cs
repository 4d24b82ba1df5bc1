using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class WaiterLevelsTests
{
    private readonly WaiterLevels levels = new();

    [Fact]
    public void First_returns_the_earliest_waiter_of_the_highest_priority()
    {
        var (low, high, second) = (Add(0), Add(1), Add(1));
        Assert.Same(high, levels.First);
        levels.Remove(high);
        Assert.Same(second, levels.First);
        levels.Remove(second);
        Assert.Same(low, levels.First);
        Assert.False(levels.IsEmpty);
        levels.Remove(low);
        Assert.Null(levels.First);
        Assert.True(levels.IsEmpty);
    }

    [Fact]
    public void A_waiting_job_can_leave_from_any_position()
    {
        var (first, middle, last) = (Add(0), Add(0), Add(0));
        levels.Remove(middle);
        Assert.Null(middle.Place);
        Assert.Equal([first, last], levels.All);
    }

    private TestWaiter Add(int priority)
    {
        var waiter = new TestWaiter(new AcquireRequest { Job = default, Node = default, Priority = priority });
        levels.Add(waiter);
        return waiter;
    }
}
