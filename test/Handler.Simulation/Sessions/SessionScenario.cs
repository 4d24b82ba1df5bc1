using Handler.Cluster;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>Clients and nodes that exchange messages of sessions, the wires between them, and what has happened to every call.</summary>
internal sealed class SessionScenario
{
    /// <summary>How long after the last fault everybody knows all that there is to know.</summary>
    public static readonly TimeSpan Healing = NodeTimings.LongPoll + NodeTimings.Listening + TimeSpan.FromSeconds(1);

    private readonly Dictionary<CallId, NodeId> started = [];
    private readonly Dictionary<CallId, (string How, TimeSpan At)> ended = [];
    private int lastNode;
    private TimeSpan lastDeath = TimeSpan.MinValue;

    public SessionScenario(World world)
    {
        World = world;
        Wires = new SimProcess(world, "wires", new SimMachine("wires"));
        for (var i = 0; i < world.Random.Next(1, 4); i++)
            AddNode();
        for (var i = 0; i < world.Random.Next(1, 3); i++)
            Clients.Add(new SessionClient(this, $"client {i}", (ulong)i + 1));
    }

    public World World { get; }

    /// <summary>Carries messages. It is never dead and never paused.</summary>
    public SimProcess Wires { get; }

    /// <summary>From when on no fault has any effect.</summary>
    public TimeSpan QuietSince { get; set; }

    public NetworkFaults Faults { get; set; } = new();

    public List<SessionClient> Clients { get; } = [];

    /// <summary>The nodes that the membership lists as alive.</summary>
    public List<SessionNode> Nodes { get; } = [];

    /// <summary>Grows with each change of <see cref="Nodes"/>.</summary>
    public long NodesVersion { get; private set; }

    public KnownNodes Known => new(NodesVersion, [.. Nodes.Select(static node => node.Id)]);

    public void AddNode()
    {
        Nodes.Add(new SessionNode(this, new NodeId($"node {++lastNode}")));
        NodesVersion++;
    }

    /// <summary>A node dies, and another one takes its place. The others learn of it a while later.</summary>
    public void Replace(SessionNode node)
    {
        World.Trace($"{node.Id} dies");
        node.Process.Kill();
        World.Schedule(Wires, World.Between(100, 2_000), () =>
        {
            World.Trace($"{node.Id} is declared dead");
            lastDeath = World.Elapsed;
            Nodes.Remove(node);
            AddNode();
        });
    }

    public SessionNode? Find(NodeId id) => Nodes.Find(node => node.Id == id);

    /// <summary>Delivers something over the wires: late, twice or never.</summary>
    public void Send(Action deliver)
    {
        for (var copies = World.Chance(Faults.Drop) ? 0 : World.Chance(Faults.Duplicate) ? 2 : 1; copies > 0; copies--)
            World.Schedule(Wires, World.Chance(Faults.Slow) ? World.Between(1, Faults.SlowMs) : World.Between(0.2, 5), deliver);
    }

    /// <summary>Asks all nodes for a call, as one of them does for a client.</summary>
    /// <param name="call">The call.</param>
    /// <param name="refuse">Whether those that do not know it refuse it from now on.</param>
    /// <param name="reply">The reply of the node that has it; <see langword="null"/> if no node does.</param>
    /// <returns>Whether there is an answer: none has the call only if all of them have said so.</returns>
    public bool TryFind(CallId call, bool refuse, out CallReply? reply)
    {
        var awake = Nodes.FindAll(static node => node.IsAwake);
        reply = awake.Select(node => node.Find(call, refuse)).ToList().Find(static found => found is not null);
        return reply is not null || awake.Count == Nodes.Count;
    }

    public bool HasDiedSince(TimeSpan when) => lastDeath >= when;

    /// <summary>A node starts the job of a call.</summary>
    public void Started(CallId call, NodeId node)
    {
        if (!started.TryAdd(call, node))
            World.Violate($"{call} was started by {started[call]} and by {node}");
    }

    /// <summary>A node decides how a call has ended.</summary>
    /// <param name="call">The call.</param>
    /// <param name="how">How.</param>
    /// <param name="isGone">Whether its caller is taken for gone.</param>
    public void Ended(CallId call, string how, bool isGone = false)
    {
        ended[call] = (how, World.Elapsed);
        if (isGone && World.Elapsed > QuietSince && Clients.Exists(client => client.Has(call)))
            World.Violate($"the caller of {call} is there, but was taken for gone");
    }

    /// <summary>A caller gets the outcome of its call.</summary>
    public void Told(CallId call, string how)
    {
        var decided = ended[call];
        if (decided.How != how)
            World.Violate($"the caller of {call} was told \"{how}\", but the node decided \"{decided.How}\"");
        else if (decided.At > QuietSince && World.Elapsed - decided.At > Healing)
            World.Violate($"{call} ended at {decided.At.TotalMilliseconds:0} ms, but its caller was told only now");
    }

    /// <summary>A caller gives its call up as lost.</summary>
    public void Lost(CallId call)
    {
        if (Nodes.Find(node => node.IsAwake && node.Find(call, refuse: false) is not null) is { } node)
            World.Violate($"{call} is lost, but {node.Id} has it");
    }
}
