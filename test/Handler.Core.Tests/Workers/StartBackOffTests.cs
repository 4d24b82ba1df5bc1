using Handler.Workers;

namespace Handler.Tests.Workers;

public sealed class StartBackOffTests
{
    private const long Millisecond = 1_000_000;

    private readonly StartBackOff backOff = new();

    [Fact]
    public void At_first_a_start_is_allowed() => Assert.True(backOff.Allows(0));

    [Fact]
    public void After_a_failure_it_waits_100_ms()
    {
        Assert.Equal(100 * Millisecond, backOff.Failed(0, "broken"));
        Assert.False(backOff.Allows((100 * Millisecond) - 1));
        Assert.True(backOff.Allows(100 * Millisecond));
        Assert.Equal("broken", backOff.Reason);
    }

    [Fact]
    public void Each_further_failure_doubles_the_wait_up_to_30_s()
    {
        long[] waits = [.. Enumerable.Range(0, 100).Select(_ => backOff.Failed(0, "") / Millisecond)];
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000], waits[..10]);
        Assert.All(waits[10..], wait => Assert.Equal(30_000, wait));
    }

    [Fact]
    public void Three_failures_in_a_row_are_hopeless()
    {
        backOff.Failed(0, "");
        backOff.Failed(0, "");
        Assert.False(backOff.IsHopeless);
        backOff.Failed(0, "");
        Assert.True(backOff.IsHopeless);
    }

    [Fact]
    public void A_success_forgets_all_failures()
    {
        for (var i = 0; i < 5; i++)
            backOff.Failed(0, "");
        backOff.Succeeded();
        Assert.False(backOff.IsHopeless);
        Assert.True(backOff.Allows(0));
        Assert.Equal(100 * Millisecond, backOff.Failed(0, ""));
    }
}
