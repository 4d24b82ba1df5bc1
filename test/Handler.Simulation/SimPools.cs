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

/// <summary>Pools as one process reaches them.</summary>
internal sealed class SimPoolDirectory(Cluster cluster, SimProcess from) : IPoolDirectory
{
    public IPoolPeer? Find(string pool) => cluster.Pools.Exists(pool) ? new Peer(cluster, from, pool) : null;

    public ILocalActor? FindLocal(string pool) => cluster.Pools.FindColocated(from, pool)?.Actor;

    private sealed class Peer(Cluster cluster, SimProcess from, string pool) : IPoolPeer
    {
        public ILocalActor? LocalActor => cluster.Pools.FindColocated(from, pool)?.Actor;

        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
        {
            var copy = request;
            cluster.Monitor.Asked(copy);
            var wait = copy.Wait.TotalMilliseconds;
            return Call(
                $"acquire {copy.Job} from {pool} for {copy.Node}, {copy.Bytes} bytes, route {copy.Route:x}, wait {wait:0}",
                activation => activation.AcquireAsync(copy));
        }

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
        {
            Array.ForEach(requests, request => cluster.Monitor.Asked(request));
            return Call($"acquire from {pool}: {string.Join(", ", requests.Select(request => request.Job))}", activation =>
                activation.AcquireManyAsync(requests));
        }

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
        {
            var copy = request;
            return Call($"release {copy.Job} to {pool}, route {copy.Route:x}, {copy.Outcome}", activation =>
                NoteAsync(activation.ReleaseAsync(copy), copy));
        }

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
            => Call($"release to {pool}: {string.Join(", ", requests.Select(request => request.Job))}", activation =>
                NoteAsync(activation.ReleaseManyAsync(requests), requests));

        public ValueTask<JobRejected?> CheckFeasibilityAsync(long bytes, int depth)
            => Call($"whether {bytes} bytes ever fit in {pool}", activation => activation.CheckFeasibilityAsync(bytes, depth));

        private ValueTask<ReleaseReply> NoteAsync(ValueTask<ReleaseReply> call, ReleaseRequest request)
        {
            return call.IsCompletedSuccessfully ? ValueTask.FromResult(Note(call.Result, request)) : ListenAsync();

            async ValueTask<ReleaseReply> ListenAsync() => Note(await call, request);
        }

        private async ValueTask<ReleaseReply[]> NoteAsync(ValueTask<ReleaseReply[]> call, ReleaseRequest[] requests)
        {
            var replies = await call;
            return [.. replies.Zip(requests, Note)];
        }

        private ReleaseReply Note(ReleaseReply reply, ReleaseRequest request)
        {
            if (reply == ReleaseReply.NoSuchPool)
                cluster.Monitor.Denied(pool, request.Job);
            return reply;
        }

        private ValueTask<T> Call<T>(FormattableString what, Func<PoolActivation, ValueTask<T>> handle)
            => cluster.Pools.FindColocated(from, pool) is { } local
                ? CallDirectly(local, what, handle)
                : new(cluster.Network.CallAsync(from, () => cluster.Pools.Route(pool, from).Receive(handle), null, what));

        private ValueTask<T> CallDirectly<T>(Activation local, FormattableString what, Func<PoolActivation, ValueTask<T>> handle)
        {
            cluster.World.Trace($"{from.Name} calls {local.Name} directly: {what}");
            try
            {
                var reply = handle(local.Pool);
                return reply.IsCompletedSuccessfully ? reply : ListenAsync(local, reply);
            }
            catch (Exception exception)
            {
                cluster.World.ViolateIfError(local.Name, exception);
                throw;
            }
        }

        private async ValueTask<T> ListenAsync<T>(Activation local, ValueTask<T> reply)
        {
            try
            {
                return await reply;
            }
            catch (Exception exception)
            {
                cluster.World.ViolateIfError(local.Name, exception);
                throw;
            }
        }
    }
}

/// <summary>Nodes as one process reaches them.</summary>
internal sealed class SimNodePeers(Cluster cluster, SimProcess from) : INodePeers
{
    public ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync()
    {
        var membership = cluster.Membership.Process;
        return new(
            cluster.Network.CallAsync(
                from,
                ()
                    => new Recipient<IReadOnlyCollection<NodeId>>(membership.Name, membership, () =>
                        ValueTask.FromResult<IReadOnlyCollection<NodeId>>([.. cluster.Membership.Live])),
                null,
                $"who is alive"));
    }

    public ValueTask<InventoryReply> InventoryAsync(NodeId node, InventoryRequest request)
        => Call(node, $"inventory for {request.Pool} epoch {request.Epoch}", actor => actor.Inventory(request));

    public ValueTask<ReconcileReply> ReconcileAsync(NodeId node, ReconcileRequest request)
        => Call(node, $"reconcile {request.Pool}: {string.Join(", ", request.Shares)}", actor => actor.Reconcile(request));

    public ValueTask<int> KillAsync(NodeId node, KillRequest request)
        => Call(node, $"kill for {request.Pool}: {(request.Jobs is { } jobs ? string.Join(", ", jobs) : $"{request.Target}")}", actor =>
            actor.Kill(request));

    private ValueTask<T> Call<T>(NodeId id, FormattableString what, Func<NodeActor, T> handle)
    {
        var node = cluster.Nodes.Find(node => node.Actor.Id == id);
        Recipient<T>? to = node is null ? null : new(node.Process.Name, node.Process, () => ValueTask.FromResult(handle(node.Actor)));
        return new(cluster.Network.CallAsync(from, () => to, node?.Process.Machine, what));
    }
}
