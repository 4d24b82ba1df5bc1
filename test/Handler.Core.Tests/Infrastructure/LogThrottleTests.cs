using Handler.Infrastructure;
using Handler.Tests.Pools;

namespace Handler.Tests.Infrastructure;

public sealed class LogThrottleTests
{
    private readonly VirtualProcess process = new();

    [Fact]
    public void The_first_message_is_due_and_then_one_per_interval()
    {
        var throttle = new LogThrottle(process.Time, TimeSpan.FromSeconds(10));
        Assert.True(throttle.IsDue());
        Assert.False(throttle.IsDue());
        process.Advance(9_999);
        Assert.False(throttle.IsDue());
        process.Advance(1);
        Assert.True(throttle.IsDue());
        Assert.False(throttle.IsDue());
    }

    [Fact]
    public void The_interval_is_a_minute_by_default()
    {
        var throttle = new LogThrottle(process.Time);
        Assert.True(throttle.IsDue());
        process.Advance(59_999);
        Assert.False(throttle.IsDue());
        process.Advance(1);
        Assert.True(throttle.IsDue());
    }
}
