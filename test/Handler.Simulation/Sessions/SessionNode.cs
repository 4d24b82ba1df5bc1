using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>A node with its sessions, and a small model of the calls that it runs.</summary>
internal sealed class SessionNode
{
    private readonly SessionScenario scenario;
    private readonly World world;
    private readonly Dictionary<ulong, NodeSession> sessions = [];
    private readonly Dictionary<CallId, SessionCall> calls = [];
    private readonly HashSet<CallId> refused = [];
    private readonly List<(SessionMessage Message, NodeSession Session, Task News, Action<SessionReply> Reply)> waiting = [];
    private long sweptAt;

    public SessionNode(SessionScenario scenario, NodeId id)
    {
        this.scenario = scenario;
        world = scenario.World;
        Id = id;
        Process = new SimProcess(world, id.Value, new SimMachine(id.Value));
        sweptAt = world.Now;
        world.Schedule(Process, NodeTimings.Sweep, Sweep);
    }

    public NodeId Id { get; }

    public SimProcess Process { get; }

    public bool IsAwake => Process.IsAlive && Process.PausedUntil <= world.Now;

    /// <summary>What it still has to do or to keep; empty if nothing.</summary>
    public string Left
        => string.Join(", ", calls.Values.Where(static call => !call.HasEnded).Select(static call => $"{call.Id}"))
            + (sessions.Count > 0 ? $" {sessions.Count} sessions" : "") + (waiting.Count > 0 ? $" {waiting.Count} messages" : "");

    /// <summary>A message has arrived; see <see cref="NodeSessions.ExchangeAsync"/>.</summary>
    public void Take(SessionMessage message, Action<SessionReply> reply, Action<Exception> fail)
    {
        NodeSession session;
        try
        {
            session = Hear(message);
        }
        catch (InvalidOperationException exception)
        {
            world.Trace($"{Id} has message {message.Number} already");
            fail(exception);
            return;
        }

        foreach (var job in message.Jobs)
            Start(job, session);
        foreach (var call in message.Followed)
            Follow(call, session);
        waiting.Add((message, session, message.IsProbe ? Task.CompletedTask : session.WaitAsync(message.Number, world.Now), reply));
    }

    /// <summary>Replies to the messages for which there is news. Called after each step.</summary>
    public void ReplyIfThereIsNews()
    {
        if (!IsAwake)
            return;
        foreach (var poll in waiting.FindAll(static poll => poll.News.IsCompleted))
        {
            waiting.Remove(poll);
            var news = poll.Session.Take(poll.Message.Number, Tuning.Sessions.MaxReplyBytes);
            var isNew = poll.Message.NodesVersion != scenario.NodesVersion;
            world.Trace($"{Id} replies to message {poll.Message.Number} with {string.Join(", ", news.Select(static each => each.Call))}");
            poll.Reply(new SessionReply(Id, news, isNew ? scenario.Known : null));
        }
    }

    /// <summary>What the node knows of a call; <see langword="null"/> if nothing.</summary>
    /// <param name="call">The call.</param>
    /// <param name="refuse">Whether it refuses the call from now on, if it does not know it.</param>
    public CallReply? Find(CallId call, bool refuse)
    {
        if (calls.TryGetValue(call, out var known))
            return known.Reply();
        if (refuse)
            refused.Add(call);
        return null;
    }

    private NodeSession Hear(SessionMessage message)
    {
        while (true)
        {
            if (!sessions.TryGetValue(message.Session, out var session))
                sessions.Add(message.Session, session = new NodeSession(world.Now));
            if (session.TryHear(message, world.Now))
                return session;
            sessions.Remove(message.Session);
        }
    }

    private void Start(JobRequest request, NodeSession session)
    {
        if (refused.Contains(request.Call) || calls.ContainsKey(request.Call))
        {
            session.Tell(request.Call, new CallReply(CallState.Unknown, Id));
            return;
        }

        scenario.Started(request.Call, Id);
        var call = Add(request.Call);
        call.TellTo(session, world.Now);
        if (world.Chance(0.1) && scenario.Nodes.Find(node => node != this && node.IsAwake) is { } other)
            MoveTo(other, call);
        else
            Run(call, request.ReplyWhenAdmitted);
    }

    private void MoveTo(SessionNode other, SessionCall call)
    {
        world.Trace($"{Id} hands {call.Id} over to {other.Id}");
        other.Run(other.Add(call.Id), tellWhenAdmitted: false);
        call.Change(new CallReply(CallState.Asking, other.Id), world.Now);
    }

    private SessionCall Add(CallId id) => calls[id] = new SessionCall(id, Id) { FollowedAt = world.Now };

    private void Run(SessionCall call, bool tellWhenAdmitted)
    {
        if (tellWhenAdmitted)
            world.Schedule(Process, world.Between(0, 300), () => call.Change(new CallReply(CallState.Admitted, Id), world.Now));
        var takes = world.Chance(0.1) ? world.Between(1_000, 20_000) : world.Between(0, 500);
        world.Schedule(Process, takes + TimeSpan.FromMilliseconds(tellWhenAdmitted ? 300 : 0), () => End(call, $"done by {Id}"));
    }

    private void End(SessionCall call, string how, bool isGone = false)
    {
        if (call.HasEnded)
            return;
        world.Trace($"{call.Id} ends at {Id}: {how}");
        scenario.Ended(call.Id, how, isGone);
        var value = new byte[world.Chance(0.05) ? Tuning.Sessions.MaxReplyBytes : 10];
        call.Change(new CallReply(CallState.Ended, Id, null, EncodedOutcome.Of(new JobLost(how)) with { Value = value }), world.Now);
    }

    private void Follow(CallId id, NodeSession session)
    {
        if (calls.TryGetValue(id, out var call))
            call.TellTo(session, world.Now);
        else
            session.Tell(id, new CallReply(CallState.Unknown, Id));
    }

    private void Sweep()
    {
        var (now, silence) = (world.Now, NodeTimings.CallerSilence.Ticks);
        var gap = now - sweptAt;
        var unresponsive = gap >= NodeTimings.UnresponsiveAfter.Ticks ? gap : 0;
        sweptAt = now;
        foreach (var (id, session) in sessions.ToList())
        {
            session.Sweep(now, NodeTimings.LongPoll.Ticks, unresponsive);
            if (session.TryEnd(now - NodeTimings.OutcomeKept.Ticks))
                sessions.Remove(id);
        }

        foreach (var call in calls.Values.ToList())
        {
            if (!call.HasEnded && unresponsive == 0 && now - call.HeardAt > silence)
                End(call, "its caller is gone", isGone: true);
            else if (call.HasEnded && now - call.EndedAt > NodeTimings.OutcomeKept.Ticks)
                calls.Remove(call.Id);
        }

        world.Schedule(Process, NodeTimings.Sweep, Sweep);
    }
}
