using Handler.Guard;
using Handler.Wire;

namespace Handler.Tests.Guard;

/// <summary>When a worker considers itself abandoned by its node. All times in ns.</summary>
public sealed unsafe class OwnerWatchTests
{
    private const long Limit = 500, Start = 1_000;

    [Theory]
    [InlineData(0, Start + Limit, false)]
    [InlineData(0, Start + Limit + 1, true)]
    [InlineData(Start + 300, Start + 300 + Limit, false)] // a long job whose node was seen a moment ago
    [InlineData(Start + 300, Start + 301 + Limit, true)]
    [InlineData(Start - 900, Start + Limit, false)] // the silence before the job does not count
    [InlineData(Start - 900, Start + Limit + 1, true)]
    public void A_job_is_abandoned_if_its_node_is_silent_for_longer_than_the_limit(long seenAt, long now, bool expected)
    {
        var page = new SharedPage { OwnerSeenAt = seenAt };
        Assert.Equal(expected, new OwnerWatch(&page, Limit).IsAbandoned(attempt: 7, Start, now));
    }

    [Fact]
    public void Without_a_limit_or_a_job_nothing_is_abandoned()
    {
        var page = default(SharedPage);
        Assert.False(new OwnerWatch(&page, limit: 0).IsAbandoned(attempt: 7, Start, long.MaxValue));
        Assert.False(new OwnerWatch(&page, Limit).IsAbandoned(attempt: 0, Start, long.MaxValue));
    }
}
