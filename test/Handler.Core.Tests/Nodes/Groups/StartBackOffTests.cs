using Handler.Nodes;

namespace Handler.Tests.Nodes;

public sealed class StartBackOffTests
{
    private const long Millisecond = 1_000_000, Second = 1000 * Millisecond;

    private readonly StartBackOff backOff = new(patience: 10 * Second);

    [Fact]
    public void The_first_start_is_allowed() => Assert.True(backOff.Allows(0));

    [Fact]
    public void After_a_failure_the_next_start_waits_100_ms()
    {
        Assert.Equal(100 * Millisecond, Fail(0));
        Assert.False(backOff.Allows((100 * Millisecond) - 1));
        Assert.True(backOff.Allows(100 * Millisecond));
        Assert.Equal("broken", backOff.Reason);
    }

    [Fact]
    public void Each_further_failure_doubles_the_wait_up_to_5_s()
    {
        var waits = new List<long>();
        for (long now = 0, next; waits.Count < 100; now = next)
        {
            next = Fail(now);
            waits.Add((next - now) / Millisecond);
        }

        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000], waits[..7]);
        Assert.All(waits[7..], wait => Assert.Equal(5000, wait));
    }

    [Fact]
    public void Failures_of_one_burst_count_as_one()
    {
        Assert.True(backOff.Failed(0, "first", out _));
        for (var i = 1; i < 100; i++)
        {
            Assert.False(backOff.Failed(i * Millisecond, "more", out var next));
            Assert.Equal(100 * Millisecond, next);
        }

        Assert.Equal("more", backOff.Reason);
        Assert.Equal(300 * Millisecond, Fail(100 * Millisecond));
    }

    [Fact]
    public void The_back_off_gives_up_when_starts_have_failed_for_the_whole_patience_and_not_before()
    {
        var now = 5 * Second;
        var first = now;
        while (now - first < 10 * Second)
        {
            Assert.False(backOff.HasGivenUp(now));
            now = Fail(now);
        }

        Assert.True(backOff.HasGivenUp(now));
    }

    [Fact]
    public void The_back_off_does_not_give_up_after_only_two_failures()
    {
        Fail(0);
        Fail(20 * Second);
        Assert.False(backOff.HasGivenUp(60 * Second));
        Fail(60 * Second);
        Assert.True(backOff.HasGivenUp(60 * Second));
    }

    [Fact]
    public void A_success_forgets_all_failures()
    {
        for (var i = 0L; i < 5; i++)
            Fail(i * 10 * Second);
        backOff.Succeeded();
        Assert.False(backOff.HasGivenUp(50 * Second));
        Assert.True(backOff.Allows(0));
        Assert.Equal(100 * Millisecond, Fail(0));
    }

    private long Fail(long now)
    {
        Assert.True(backOff.Failed(now, "broken", out var next));
        return next;
    }
}
