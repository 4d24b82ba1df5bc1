using Handler.Infrastructure;

namespace Handler.Tests.Infrastructure;

public sealed class BoundedHistoryTests
{
    private readonly BoundedHistory<string, int> history = new(2);

    [Fact]
    public void The_oldest_entry_is_dropped_first()
    {
        Assert.True(history.IsEmpty);
        history.Set("a", 1);
        history.Set("b", 2);
        history.Set("c", 3);
        Assert.False(history.IsEmpty);
        Assert.False(history.TryGet("a", out _));
        Assert.True(history.TryGet("b", out var b) && b == 2);
        Assert.True(history.TryGet("c", out var c) && c == 3);
    }

    [Fact]
    public void A_new_value_replaces_the_old_one_and_drops_nothing()
    {
        history.Set("a", 1);
        history.Set("b", 2);
        history.Set("a", 3);
        Assert.True(history.TryGet("a", out var a) && a == 3);
        Assert.True(history.TryGet("b", out _));
    }
}
