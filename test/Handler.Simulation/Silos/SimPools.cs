using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// Hosts the pools: starts an activation where there is none, and finds one for each message. Plays the part of a cluster's directory.
/// </summary>
internal sealed class SimPools(Cluster cluster)
{
    private readonly Dictionary<string, List<Activation>> activations = [];
    private readonly Dictionary<(SimProcess Host, string Pool), Activation> guests = [];
    private readonly Dictionary<SimProcess, List<Activation>> byHost = [];
    private readonly HashSet<(SimProcess Host, NodeId Node)> knownDead = [];
    private int count;

    public IReadOnlyCollection<string> Names => this.activations.Keys;

    public void Create(string pool, PoolConfiguration configuration)
    {
        cluster.Store.Create(pool, configuration);
        cluster.Catalog.Begin(pool, configuration);
        this.activations.Add(pool, []);
    }

    public bool Exists(string pool) => this.activations.ContainsKey(pool);

    /// <summary>The activation that the nodes accept: it is alive and ready, and no node has seen a newer one.</summary>
    public Activation? Current(string pool)
        => this.activations[pool]
            .Find(activation =>
                activation.IsAlive
                && activation.Actor.IsReady
                && cluster.Nodes.TrueForAll(node => !node.Counts || node.Actor.Registry.NewestSeen(pool) <= activation.Actor.Epoch));

    public IEnumerable<Activation> Alive(string pool) => this.activations[pool].Where(activation => activation.IsAlive);

    public IEnumerable<Activation> AllAlive
        => this.activations.Values.SelectMany(activations => activations).Where(activation => activation.IsAlive);

    /// <summary>The processes that host pools.</summary>
    public IReadOnlyList<SimProcess> Hosts => [.. AllAlive.Select(activation => activation.Process).Distinct()];

    /// <summary>The pool's activation in this process, if there is one that is called directly.</summary>
    public Activation? FindColocated(SimProcess host, string pool)
        => guests.GetValueOrDefault((host, pool)) is { IsColocated: true } guest ? guest : null;

    /// <summary>Called after each step of a process: no job may wait there that should not.</summary>
    public void Look(SimProcess host)
    {
        if (!byHost.TryGetValue(host, out var activations))
            return;
        foreach (var activation in activations)
            activation.Look();
    }

    /// <summary>This process learns that a node is dead.</summary>
    public void NodeDied(SimProcess host, NodeId node)
    {
        knownDead.Add((host, node));
        foreach (var activation in AllAlive.Where(activation => activation.Process == host).ToList())
            activation.Pool.NodeDied(node);
    }

    /// <param name="pool">The pool.</param>
    /// <param name="asker">The process that needs the pool. A cluster prefers to activate the pool there.</param>
    public Activation Activate(string pool, SimProcess? asker = null)
    {
        var name = $"{pool}#{++count}";
        var host = FindHost(asker);
        var process = host ?? new SimProcess(cluster.World, name, cluster.World.Pick(cluster.LiveMachines));
        var ports = new PoolPorts
        {
            Pools = new SimPoolDirectory(cluster, process),
            Nodes = new SimNodePeers(cluster, process),
            Store = cluster.Store.For(process),
            Time = process.Time,
            Timings = Cluster.Timings,
            Selectors = cluster.Selectors,
        };
        var activation = new Activation(
            cluster.World,
            name,
            process,
            isGuest: host is not null,
            new PoolActivation(pool, ports, node => knownDead.Contains((process, node))),
            new QueueWatch(cluster.Monitor, name));
        this.activations[pool].Add(activation);
        if (!byHost.TryGetValue(process, out var there))
            byHost.Add(process, there = []);
        there.Add(activation);
        if (host is not null)
            guests[(host, pool)] = activation;
        cluster.World.Trace($"activation {name} on {process.Machine.Name}");
        cluster.World.Schedule(process, TimeSpan.Zero, () => _ = LiveAsync(activation));
        return activation;
    }

    /// <summary>Where a message to the pool goes. While there are two activations, it may be either of them.</summary>
    public Activation Route(string pool, SimProcess asker)
    {
        var alive = this.activations[pool].FindAll(activation => activation.IsAlive && !activation.Pool.IsSuperseded);
        if (alive.Count == 0)
            return Activate(pool, asker);
        return cluster.IsCalm ? alive[^1] : cluster.World.Pick(alive);
    }

    private SimProcess? FindHost(SimProcess? asker)
    {
        if (!cluster.HasColocatedPools)
            return null;
        var hosts = cluster.Nodes.Select(node => node.Process).Where(process => process.IsAlive).ToList();
        if (hosts.Count == 0)
            return null;
        return asker is not null && hosts.Contains(asker) && cluster.World.Chance(0.5) ? asker : cluster.World.Pick(hosts);
    }

    private async Task LiveAsync(Activation activation)
    {
        try
        {
            await activation.LiveAsync(reconciles: !cluster.WithoutReconciliation);
        }
        catch (Exception exception)
        {
            cluster.World.Violate($"{activation.Name} failed: {exception}");
        }
    }
}
