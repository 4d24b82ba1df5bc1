using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// A simulated cluster: machines with one node each, pools that are activated anywhere, a store, a membership, and their faults.
/// </summary>
internal sealed class Cluster
{
    private readonly Dictionary<SimMachine, int> lives = [];
    private ulong scopes;

    public Cluster(World world)
    {
        World = world;
        Network = new Network(world);
        Membership = new Membership(Network);
        Store = new SimStore(world, Network);
        Pools = new SimPools(this);
        Catalog = new SimCatalog(this);
        Monitor = new Monitor(this);
        world.AfterStep = Pools.Look;
    }

    public static PoolTimings Timings { get; } = PoolTimings.Default;

    /// <summary>How much longer than its parts a call may take: pauses, slow messages, the detection of a crash.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromSeconds(8);

    public World World { get; }

    public Network Network { get; }

    public Membership Membership { get; }

    public SimStore Store { get; }

    public SimPools Pools { get; }

    public SimCatalog Catalog { get; }

    public Monitor Monitor { get; }

    public Dictionary<string, IPoolSelector> Selectors { get; } = [];

    public List<SimMachine> Machines { get; } = [];

    /// <summary>The current life of each machine's node.</summary>
    public List<SimNode> Nodes { get; } = [];

    public List<SimCall> Calls { get; } = [];

    /// <summary>What each node can run.</summary>
    public PoolLimits NodeCapacity { get; set; }

    /// <summary>Whether activations of pools live in the nodes' processes, where they and the node call each other directly.</summary>
    public bool HasColocatedPools { get; set; }

    /// <summary>
    /// Whether the protocol must do without reconciliation as its safety net. Every share must then be released without it.
    /// </summary>
    public bool WithoutReconciliation { get; set; }

    /// <summary>Whether jobs of a pool follow each other on a worker for a while, before it serves another pool.</summary>
    public bool HasTurns { get; set; }

    /// <summary>Whether messages may arrive twice.</summary>
    public bool HasDuplicates { get; set; }

    /// <summary>Whether the faults are over.</summary>
    public bool IsCalm { get; set; }

    public IReadOnlyList<SimMachine> LiveMachines
        => [.. Nodes.Where(node => node.Process.IsAlive).Select(node => node.Process.Machine).DefaultIfEmpty(Machines[0])];

    public SimNode StartNode(SimMachine machine)
    {
        var life = lives[machine] = lives.GetValueOrDefault(machine) + 1;
        var node = new SimNode(this, $"{machine.Name}.{life}", ++scopes, NodeCapacity, machine);
        Nodes.RemoveAll(other => other.Process.Machine == machine);
        Nodes.Add(node);
        Membership.Join(node.Actor.Id);
        World.Trace($"node {node.Process.Name} joins");
        return node;
    }

    /// <summary>
    /// The node's process dies, with the activations in it. Some time later this is noticed; later still the node starts again.
    /// </summary>
    public void Crash(SimNode node)
    {
        World.Trace($"{node.Process.Name} crashes");
        node.Process.Kill();
        foreach (var activation in Pools.AllAlive.Where(activation => activation.Process.Machine == node.Process.Machine))
            activation.Process.Kill();
        World.Schedule(Network.Carrier, World.Between(300, 3_000), () => Declare(node));
        World.Schedule(Network.Carrier, World.Between(100, 5_000), () => StartNode(node.Process.Machine));
    }

    /// <summary>The cluster declares a node dead. If the node is alive, it learns of that sooner or later and kills itself.</summary>
    public void Declare(SimNode node)
    {
        if (!Membership.Declare(node.Actor.Id))
            return;
        World.Trace($"{node.Process.Name} is declared dead");
        node.IsDeclaredDead = true;
        foreach (var host in Pools.Hosts.Where(_ => World.Chance(0.7)))
            World.Schedule(host, World.Between(0, 500), () => Pools.NodeDied(host, node.Actor.Id));

        // Its callers are elsewhere and learn of it from the cluster.
        foreach (var call in node.Open)
            World.Schedule(Network.Carrier, World.Between(0, 500), () => { if (call.Outcomes == 0) Monitor.Returned(call, "lost"); });
        if (node.Process.IsAlive)
            World.Schedule(Network.Carrier, World.Between(0, 3_000), () => { if (node.Process.IsAlive) Crash(node); });
    }
}
