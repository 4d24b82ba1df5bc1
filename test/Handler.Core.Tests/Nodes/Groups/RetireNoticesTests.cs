using Handler.Infrastructure;
using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>Which reasons for a worker's replacement are logged as warnings.</summary>
public sealed class RetireNoticesTests
{
    [Fact]
    public void A_reason_is_logged_once_a_minute()
    {
        var notices = new RetireNotices();
        Assert.True(notices.IsDue("a", 1));
        Assert.False(notices.IsDue("a", Tuning.Log.RetireReasonInterval));
        Assert.True(notices.IsDue("b", 2));
        Assert.True(notices.IsDue("a", Tuning.Log.RetireReasonInterval + 1));
        Assert.False(notices.IsDue("a", Tuning.Log.RetireReasonInterval + 2));
    }

    [Fact]
    public void Retire_reasons_invented_by_a_worker_are_limited_per_interval()
    {
        var notices = new RetireNotices();
        Assert.Equal(Tuning.Log.MaxRetireReasons, Enumerable.Range(0, 10_000).Count(i => notices.IsDue($"reason {i}", 1)));
        Assert.True(notices.IsDue("another", Tuning.Log.RetireReasonInterval + 1));
    }

    [Theory]
    [InlineData("left a timer behind", "left a timer behind")]
    [InlineData("one\ntwo\u001b[31m", "one?two?[31m")]
    [InlineData("", "")]
    public void A_reason_is_one_line(string reason, string line) => Assert.Equal(line, RetireNotices.Printable(reason));

    [Fact]
    public void A_long_reason_is_truncated()
        => Assert.Equal(new string('a', Tuning.Log.MaxRetireReasonLength) + "…", RetireNotices.Printable(new string('a', 100_000)));
}
