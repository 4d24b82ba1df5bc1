using Handler.Nodes;

namespace Handler.Tests.Nodes;

public sealed class NodeTimersTests
{
    private readonly List<string> fired = [];
    private readonly NodeTimers timers;
    private int wakes;

    public NodeTimersTests() => timers = new NodeTimers(() => wakes++, exception => fired.Add(exception.Message));

    [Fact]
    public void Without_timers_there_is_nothing_to_wait_for() => Assert.Equal(Timeout.Infinite, timers.FireDue());

    [Fact]
    public void What_is_due_fires_once_and_what_is_not_says_when()
    {
        New("now", TimeSpan.Zero);
        New("never", Timeout.InfiniteTimeSpan);
        New("later", TimeSpan.FromHours(1));
        Assert.InRange(timers.FireDue(), 3_000_000, 3_600_000);
        Assert.InRange(timers.FireDue(), 3_000_000, 3_600_000);
        Assert.Equal(["now"], fired);
    }

    [Fact]
    public void Only_one_that_is_due_before_all_others_wakes_its_thread()
    {
        New("later", TimeSpan.FromHours(1));
        New("even later", TimeSpan.FromHours(2));
        Assert.Equal(1, wakes);
        New("sooner", TimeSpan.FromMinutes(1));
        Assert.Equal(2, wakes);
    }

    [Fact]
    public void One_that_is_disposed_does_not_fire()
    {
        New("now", TimeSpan.Zero).Dispose();
        Assert.Equal(Timeout.Infinite, timers.FireDue());
        Assert.Empty(fired);
    }

    [Fact]
    public void One_that_is_changed_fires_at_its_new_time_only()
    {
        var timer = New("now", TimeSpan.Zero);
        timer.Change(TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        Assert.InRange(timers.FireDue(), 3_000_000, 3_600_000);
        Assert.Empty(fired);
        timer.Change(TimeSpan.Zero, TimeSpan.FromHours(1));
        Assert.InRange(timers.FireDue(), 3_000_000, 3_600_000);
        Assert.Equal(["now"], fired);
    }

    [Fact]
    public void One_that_throws_is_told_and_keeps_no_other_from_firing()
    {
        timers.CreateTimer(static _ => throw new InvalidOperationException("broken"), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        New("now", TimeSpan.Zero);
        timers.FireDue();
        Assert.Equal(["broken", "now"], fired);
    }

    private ITimer New(string name, TimeSpan due) => timers.CreateTimer(_ => fired.Add(name), null, due, Timeout.InfiniteTimeSpan);
}
