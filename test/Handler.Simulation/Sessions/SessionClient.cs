using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>A client: its callers, its sessions, and the way of its messages to the nodes.</summary>
internal sealed class SessionClient : ISessionLink
{
    private readonly SessionScenario scenario;
    private readonly World world;
    private readonly Dictionary<NodeId, int> underWay = [];
    private readonly Dictionary<NodeId, int> unanswered = [];
    private readonly ulong number;
    private ulong lastCall;

    public SessionClient(SessionScenario scenario, string name, ulong number)
    {
        this.scenario = scenario;
        this.number = number;
        world = scenario.World;
        Process = new SimProcess(world, name, new SimMachine(name));
        Time = new ContextFreeTime(Process.Time);
        var background = new BackgroundWork((work, exception) => world.Violate($"{work} of {name} failed: {exception}"));
        Sessions = new ClientSessions(this, background, Time, first: (uint)world.Random.Next());
    }

    public SimProcess Process { get; }

    public TimeProvider Time { get; }

    public ClientSessions Sessions { get; }

    public List<SessionCaller> Callers { get; } = [];

    /// <summary>How many messages it has sent.</summary>
    public int Sent { get; private set; }

    public int UnderWay => underWay.Values.Sum();

    public bool Has(CallId call) => call.Caller == number && Process.IsAlive;

    public CallId NextCall() => new(number, ++lastCall);

    public void Call(bool replyWhenAdmitted)
    {
        var caller = new SessionCaller(scenario, this, replyWhenAdmitted);
        Callers.Add(caller);
        caller.Submit();
    }

    public Task<SessionReply> ExchangeAsync(NodeId node, SessionMessage message)
    {
        Sent++;
        var calls = string.Join(", ", message.Jobs.Select(static job => job.Call));
        var (open, given) = (string.Join(' ', message.Open), string.Join(' ', message.GivenUp));
        world.Trace($"{Process.Name} sends message {message.Number} to {node}: {calls}; open {open}; given up {given}");
        underWay[node] = underWay.GetValueOrDefault(node) + 1;
        if (underWay[node] > Tuning.Sessions.MaxUnderWay)
            world.Violate($"{underWay[node]} messages of {Process.Name} to {node} are under way");
        if (message.Jobs.Count > 0 && unanswered.GetValueOrDefault(node) > 2 * Tuning.Sessions.MaxUnderWay)
            world.Violate($"{Process.Name} sends jobs to {node}, which has not replied to the last {unanswered[node]} messages");
        var copies = 0;
        var reply = new TaskCompletionSource<SessionReply>();
        scenario.Send(() =>
        {
            if (scenario.Find(node) is { } to)
            {
                copies++;
                world.Schedule(to.Process, TimeSpan.Zero, () => to.Take(message, Reply, Fail));
            }
            else if (copies++ == 0 && world.Chance(0.5)) // otherwise the silo in between believes that the node is there
                Reply(new SessionReply(node, [], scenario.Known, NodeIsGone: true));
        });
        world.Schedule(Process, NodeTimings.Listening, () => Complete(() =>
        {
            unanswered[node] = unanswered.GetValueOrDefault(node) + 1;
            return reply.TrySetException(new TimeoutException());
        }));
        return reply.Task;

        void Reply(SessionReply news) => scenario.Send(() => Deliver(() =>
        {
            unanswered[node] = 0;
            return reply.TrySetResult(news);
        }));

        void Fail(Exception exception) => scenario.Send(() => Deliver(() => reply.TrySetException(exception)));

        void Deliver(Func<bool> complete) => world.Schedule(Process, TimeSpan.Zero, () => Complete(complete));

        void Complete(Func<bool> complete) => ContextFreeTime.Run(() =>
        {
            if (reply.Task.IsCompleted)
                return;
            underWay[node]--;
            complete();
        });
    }

    public Task<KnownNodes> GetNodesAsync()
    {
        var reply = new TaskCompletionSource<KnownNodes>();
        scenario.Send(() =>
        {
            var known = scenario.Known;
            world.Schedule(Process, TimeSpan.Zero, () => ContextFreeTime.Run(() => reply.TrySetResult(known)));
        });
        world.Schedule(Process, NodeTimings.Listening, () => ContextFreeTime.Run(() => reply.TrySetException(new TimeoutException())));
        return reply.Task;
    }
}
