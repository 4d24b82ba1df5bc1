using System.Collections.Concurrent;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// The sessions of a node with its clients. A client's message brings jobs; the reply brings what there is to tell about that client's
/// calls.
/// </summary>
internal sealed class NodeSessions(
    NodeId node, CallIntake intake, CallTable calls, BackgroundWork background, TimeProvider time)
{
    private readonly ConcurrentDictionary<ulong, NodeSession> sessions = new();
    private readonly long longPoll = TimestampsOf(NodeTimings.LongPoll, time);
    private readonly long kept = TimestampsOf(NodeTimings.OutcomeKept, time);

    /// <summary>Takes the jobs of a message, and replies when there is news, or after <see cref="NodeTimings.LongPoll"/>.</summary>
    public async ValueTask<SessionReply> ExchangeAsync(SessionMessage message)
    {
        var now = time.GetTimestamp();
        var session = Hear(message, now);
        foreach (var job in message.Jobs)
            background.Run("a job of a session", intake.SubmitAsync(job, session), (session, job.Call), Fail);
        foreach (var call in message.Followed)
            background.Run("a call that a client follows", FollowAsync(call, session), (session, call), Fail);
        if (message.Jobs is [var only] && !intake.IsSlow(only))
            intake.SpinForReply(() => session.HasNews);
        if (!session.HasNews && !message.IsProbe)
            await session.WaitAsync(message.Number, now).ConfigureAwait(true); // the reply takes what has come until its turn

        var news = session.Take(message.Number, Tuning.Sessions.MaxReplyBytes);
        foreach (var each in news)
        {
            if (calls.Find(each.Call) is { } call)
                intake.Deliver(call, each.Reply);
        }

        return new SessionReply(node, news);
    }

    /// <summary>Ends long polls, and forgets the sessions of clients that are gone.</summary>
    /// <param name="now">The time, a timestamp.</param>
    /// <param name="unresponsive">For how many ticks this node was unresponsive since the last sweep.</param>
    public void Sweep(long now, long unresponsive)
    {
        foreach (var (id, session) in sessions)
        {
            session.Sweep(now, longPoll, unresponsive);
            if (session.TryEnd(since: now - kept))
                sessions.TryRemove(id, out _);
        }
    }

    private NodeSession Hear(SessionMessage message, long now)
    {
        while (true)
        {
            var session = sessions.GetOrAdd(message.Session, static (_, now) => new NodeSession(now), now);
            if (session.TryHear(message, now))
                return session;
            sessions.TryRemove(new(message.Session, session));
        }
    }

    private static long TimestampsOf(TimeSpan span, TimeProvider time) => span.Ticks * time.TimestampFrequency / TimeSpan.TicksPerSecond;

    private void Fail((NodeSession Session, CallId Call) of, Exception exception)
        => of.Session.Tell(of.Call, new CallReply(CallState.Unknown, node));

    private async Task FollowAsync(CallId id, NodeSession session)
    {
        if (calls.Find(id) is null && calls.OfferOf(id) is { } offer)
            await offer.ConfigureAwait(false);
        if (calls.Find(id) is { } call)
            call.TellTo(session);
        else
            session.Tell(id, new CallReply(CallState.Unknown, node));
    }
}
