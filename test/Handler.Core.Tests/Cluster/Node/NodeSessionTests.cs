using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Cluster;

/// <summary>What a node tells one client.</summary>
public sealed class NodeSessionTests
{
    private const long Poll = 1_000;

    private readonly NodeSession session = new(now: 0);

    [Fact]
    public void Each_reply_takes_all_news()
    {
        Hear(1);
        Tell(1);
        Tell(2);
        Assert.Equal([1UL, 2UL], Take(1));
        Hear(2);
        Assert.Empty(Take(2));
        Tell(3);
        Assert.Equal([3UL], Take(2));
    }

    [Fact]
    public void Large_outcomes_leave_the_rest_to_the_next_reply()
    {
        for (ulong call = 1; call <= 3; call++)
            Tell(call, bytes: 600);
        Hear(1);
        Assert.Equal(2, session.Take(1, 1_500).Count);
        Assert.Single(session.Take(1, 1_500));
    }

    [Fact]
    public void News_in_a_reply_that_was_given_up_are_told_again_before_later_ones()
    {
        Hear(1);
        Tell(1);
        Tell(2);
        Take(1);
        Hear(2, open: [1]);
        Tell(3);
        Take(2);
        Hear(3, open: [2]); // the reply to 1 has come
        Tell(4);
        Hear(4, open: [3], givenUp: [2]);
        Assert.Equal([3UL, 4UL], Take(4));
    }

    [Fact]
    public void News_in_a_reply_that_is_awaited_or_has_come_are_not_told_again()
    {
        Hear(1);
        Tell(1);
        Take(1);
        Hear(2, open: [1]);
        Assert.Empty(Take(2));
        Hear(3);
        Hear(4, givenUp: [1]); // repeated: the node knows already that the reply has come
        Assert.Empty(Take(4));
    }

    [Fact]
    public async Task A_message_that_the_client_has_given_up_gets_no_news()
    {
        Hear(1);
        var poll = session.WaitAsync(1, 0);
        Hear(2, givenUp: [1]);
        await Wait.For(poll, "the poll that was given up");
        Tell(1);
        Assert.Empty(Take(1));
        Assert.Equal([1UL], Take(2));
    }

    [Fact]
    public async Task A_message_that_was_given_up_and_comes_late_neither_waits_nor_gets_news()
    {
        Hear(2, givenUp: [1]);
        Hear(1);
        await Wait.For(session.WaitAsync(1, 0), "the late message");
        Tell(1);
        Assert.Empty(Take(1));
        Assert.Equal([1UL], Take(2));
    }

    [Fact]
    public void A_message_that_comes_twice_while_the_client_waits_for_its_reply_is_refused()
    {
        Hear(1);
        Hear(2, open: [1]);
        Assert.Throws<InvalidOperationException>(() => Hear(1));
        Assert.Throws<InvalidOperationException>(() => Hear(2, open: [1]));
        Hear(3, open: [2]);
        Assert.Throws<InvalidOperationException>(() => Hear(2, open: [1]));
        Tell(1);
        Assert.Equal([1UL], Take(2));
    }

    [Fact]
    public void Messages_that_overtake_each_other_each_get_news()
    {
        Hear(2, open: [1]);
        Hear(1);
        Assert.False(session.WaitAsync(1, 0).IsCompleted);
        Tell(1);
        Assert.Equal([1UL], Take(1));
        Tell(2);
        Assert.Equal([2UL], Take(2));
        Hear(3, givenUp: [1, 2]);
        Assert.Equal([1UL, 2UL], Take(3));
    }

    [Fact]
    public async Task News_wakes_one_poll_and_polls_end_after_their_time()
    {
        Hear(1);
        Hear(2, open: [1]);
        var (first, second) = (session.WaitAsync(1, 10), session.WaitAsync(2, 20));
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
        var messages = Enumerable.Range(1, Tuning.Sessions.MaxUnderWay).Select(static number => (ulong)number).ToArray();
        var polls = new List<Task>();
        foreach (var number in messages[..^1])
        {
            Hear(number, open: messages[..(int)(number - 1)]);
            polls.Add(session.WaitAsync(number, 0));
        }

        Hear(messages[^1], open: messages[..^1]);
        await Wait.For(polls[0], "the oldest poll");
        Assert.All(polls[1..], static poll => Assert.False(poll.IsCompleted));
    }

    [Fact]
    public void A_poll_does_not_wait_if_there_is_news()
    {
        Tell(1);
        Assert.True(session.WaitAsync(1, 0).IsCompleted);
    }

    [Fact]
    public void A_client_counts_as_heard_of_while_its_poll_waits_and_not_after_that()
    {
        _ = session.WaitAsync(1, 0);
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
        Assert.True(session.TryHear(Message(1), 10));
        Assert.False(session.TryEnd(since: 9));
        Assert.True(session.TryHear(Message(2), 20));
        Assert.True(session.TryEnd(since: 20));
        Assert.False(session.TryHear(Message(3), 30)); // its client gets a new one
    }

    private void Hear(ulong number, ulong[]? open = null, ulong[]? givenUp = null)
        => session.TryHear(Message(number, open, givenUp), 0);

    private void Tell(ulong call, int bytes = 0) => session.Tell(
        new CallId(1, call),
        new CallReply(CallState.Ended, new NodeId("node"), null, new EncodedOutcome(null, new byte[bytes], null, null)));

    private IEnumerable<ulong> Take(ulong message) => session.Take(message, long.MaxValue).Select(static news => news.Call.Sequence);

    private static SessionMessage Message(ulong number, ulong[]? open = null, ulong[]? givenUp = null)
        => new() { Session = 1, Number = number, Open = open ?? [], GivenUp = givenUp ?? [] };
}
