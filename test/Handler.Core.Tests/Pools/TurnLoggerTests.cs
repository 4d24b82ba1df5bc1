using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Tests.Pools;

/// <summary>What actors log in their turns reaches the application's logger after the turn.</summary>
public sealed class TurnLoggerTests
{
    private readonly TurnContext turns = new();
    private readonly RecordingLogger inner = new();

    [Fact]
    public void A_line_is_logged_when_the_turn_has_ended()
    {
        var log = new TurnLogger(inner, turns);
        var failure = new IOException("lost");
        using (turns.Enter())
        {
            PoolLog.CannotReadNodes(log, "pool", failure);
            Assert.Empty(inner.Lines);
        }

        var expected = new LogLine(LogLevel.Warning, 1606, "Pool pool: the list of nodes cannot be read", failure);
        Assert.Equal(expected, Assert.Single(inner.Lines));
    }

    [Fact]
    public void The_applications_filter_is_asked_after_the_turn_and_counts()
    {
        var lines = 0;
        var log = new TurnLogger(new CallingLogger(() => lines++), turns);
        using (turns.Enter())
        {
            log.LogInformation("not wanted");
            log.LogWarning("wanted");
        }

        Assert.Equal(1, lines);
    }
}
