using Handler.Nodes;

namespace Handler.Tests.Nodes;

public sealed class NodeTimersTests
{
    private readonly List<string> fired = [];
    private readonly NodeTimers timers;
    private int wakes;

    public NodeTimersTests() => timers = new NodeTimers(() => wakes++, exception => fired.Add(exception.Message));

    [Fact]
    public void FireDue_returns_an_infinite_time_without_timers() => Assert.Equal(Timeout.Infinite, timers.FireDue());

    [Fact]
    public void Due_timers_fire_once_and_FireDue_returns_the_time_until_the_next_one()
    {
        New("now", TimeSpan.Zero);
        New("never", Timeout.InfiniteTimeSpan);
        New("later", TimeSpan.FromHours(1));
        Assert.InRange(timers.FireDue(), 3_000_000, 3_600_000);
        Assert.InRange(timers.FireDue(), 3_000_000, 3_600_000);
        Assert.Equal(["now"], fired);
    }

    [Fact]
    public void Only_a_timer_that_is_due_before_all_others_wakes_the_thread()
    {
        New("later", TimeSpan.FromHours(1));
        New("even later", TimeSpan.FromHours(2));
        Assert.Equal(1, wakes);
        New("sooner", TimeSpan.FromMinutes(1));
        Assert.Equal(2, wakes);
    }

    [Fact]
    public void A_disposed_timer_does_not_fire()
    {
        New("now", TimeSpan.Zero).Dispose();
        Assert.Equal(Timeout.Infinite, timers.FireDue());
        Assert.Empty(fired);
    }

    [Fact]
    public void A_changed_timer_fires_only_at_its_new_time()
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
    public void An_exception_of_a_timer_is_reported_and_the_other_timers_still_fire()
    {
        timers.CreateTimer(static _ => throw new InvalidOperationException("broken"), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        New("now", TimeSpan.Zero);
        timers.FireDue();
        Assert.Equal(["broken", "now"], fired);
    }

    private ITimer New(string name, TimeSpan due) => timers.CreateTimer(_ => fired.Add(name), null, due, Timeout.InfiniteTimeSpan);
}
