using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Cluster;

/// <summary>What a node tells one client.</summary>
public sealed class NodeSessionTests
{
    private const long Poll = 1_000;

    private readonly NodeSession session = new(now: 0, received: 7);

    [Fact]
    public void Each_reply_takes_all_news_and_numbers_go_on_from_what_the_client_has()
    {
        Tell(1);
        Tell(2);
        Assert.Equal([8UL, 9UL], Take());
        Assert.Empty(Take());
        Tell(3);
        Assert.Equal([10UL], Take());
    }

    [Fact]
    public void Large_outcomes_leave_the_rest_to_the_next_reply()
    {
        for (ulong call = 1; call <= 3; call++)
            Tell(call, bytes: 600);
        Assert.Equal(2, session.Take(1_500).Count);
        Assert.Single(session.Take(1_500));
    }

    [Fact]
    public void Unconfirmed_news_are_told_again_in_order_after_a_lost_reply()
    {
        Tell(1);
        Tell(2);
        Take();
        Tell(3);
        Take();
        Tell(4);
        session.TryHear(Message(received: 8), 0);
        Assert.Equal([11UL], Take());
        session.TryHear(Message(received: 8, hasLostReply: true), 0);
        Assert.Equal([9UL, 10UL, 11UL], Take());
        session.TryHear(Message(received: 11, hasLostReply: true), 0);
        Assert.Empty(Take());
    }

    [Fact]
    public async Task News_wakes_one_poll_and_polls_end_after_their_time()
    {
        var (first, second) = (session.WaitAsync(10), session.WaitAsync(20));
        Tell(1);
        await Wait.For(first, "the older poll");
        Assert.False(second.IsCompleted);
        session.Sweep(20 + Poll - 1, Poll, unresponsive: 0);
        Assert.False(second.IsCompleted);
        session.Sweep(20 + Poll, Poll, unresponsive: 0);
        await Wait.For(second, "the younger poll");
    }

    [Fact]
    public async Task The_oldest_polls_end_so_that_the_next_message_never_waits_for_them()
    {
        var polls = Enumerable.Range(0, Tuning.Sessions.MaxUnderWay - 1).Select(_ => session.WaitAsync(0)).ToArray();
        session.TryHear(Message(received: 7), 10);
        await Wait.For(polls[0], "the oldest poll");
        Assert.All(polls[1..], static poll => Assert.False(poll.IsCompleted));
    }

    [Fact]
    public void A_poll_does_not_wait_if_there_is_news()
    {
        Tell(1);
        Assert.True(session.WaitAsync(0).IsCompleted);
    }

    [Fact]
    public void A_client_counts_as_heard_of_while_its_poll_waits_and_not_after_that()
    {
        _ = session.WaitAsync(0);
        session.Sweep(Poll - 1, Poll, unresponsive: 0);
        Assert.Equal(Poll - 1, session.HeardAt);
        session.Sweep(Poll, Poll, unresponsive: 0);
        Assert.Equal(Poll, session.HeardAt); // its reply leaves now
        session.Sweep(9 * Poll, Poll, unresponsive: 0);
        Assert.Equal(Poll, session.HeardAt);
        session.Sweep(10 * Poll, Poll, unresponsive: 5 * Poll); // the node may not have read what the client sent meanwhile
        Assert.Equal(6 * Poll, session.HeardAt);
    }

    [Fact]
    public void A_session_ends_unless_its_client_was_heard_of()
    {
        Assert.True(session.TryHear(Message(received: 7), 10));
        Assert.False(session.TryEnd(since: 9));
        Assert.True(session.TryHear(Message(received: 7), 20));
        Assert.True(session.TryEnd(since: 20));
        Assert.False(session.TryHear(Message(received: 7), 30)); // its client gets a new one
    }

    private void Tell(ulong call, int bytes = 0) => session.Tell(
        new CallId(1, call),
        new CallReply(CallState.Ended, new NodeId("node"), null, new EncodedOutcome(null, new byte[bytes], null, null)));

    private IEnumerable<ulong> Take() => session.Take(long.MaxValue).Select(static news => news.Number);

    private static SessionMessage Message(ulong received, bool hasLostReply = false)
        => new() { Session = 1, Received = received, HasLostReply = hasLostReply };
}
