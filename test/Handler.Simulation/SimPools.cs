using Handler.Pools;

namespace Handler.Simulation;

/// <summary>One activation of a pool, on some machine.</summary>
internal sealed record Activation(SimProcess Process, PoolActor Actor);

/// <summary>Hosts the pools: brings up an activation where there is none, and finds one for each message. Plays the part of a cluster's directory.</summary>
internal sealed class SimPools(Cluster cluster)
{
    private readonly Dictionary<string, List<Activation>> _activations = [];
    private readonly Dictionary<SimProcess, PoolActor> _actors = [];
    private int _count;

    public IReadOnlyCollection<string> Names => _activations.Keys;

    public void Create(string pool, PoolConfiguration configuration)
    {
        cluster.Store.Create(pool, configuration);
        _activations.Add(pool, []);
    }

    public bool Exists(string pool) => _activations.ContainsKey(pool);

    /// <summary>The activation that the nodes believe: alive, ready, and no node has seen a newer one.</summary>
    public Activation? Current(string pool)
        => _activations[pool].Find(activation => activation.Process.IsAlive && activation.Actor.IsReady && cluster.Nodes.TrueForAll(node => !node.Counts || node.Actor.Registry.NewestSeen(pool) <= activation.Actor.Epoch));

    public IEnumerable<Activation> Alive(string pool) => _activations[pool].Where(activation => activation.Process.IsAlive);

    public IEnumerable<Activation> AllAlive => _activations.Values.SelectMany(activations => activations).Where(activation => activation.Process.IsAlive);

    public PoolActor ActorOf(SimProcess process) => _actors[process];

    public Activation Activate(string pool)
    {
        var machine = cluster.World.Pick(cluster.LiveMachines);
        var process = new SimProcess(cluster.World, $"{pool}#{++_count}", machine);
        var actor = new PoolActor(pool, new PoolPorts
        {
            Pools = new SimPoolDirectory(cluster, process),
            Nodes = new SimNodePeers(cluster, process),
            Store = cluster.Store.For(process),
            Time = process.Time,
            Timings = Cluster.Timings,
            Selectors = cluster.Selectors,
            Faults = cluster.Mutant,
        });
        var activation = new Activation(process, actor);
        _activations[pool].Add(activation);
        _actors.Add(process, actor);
        cluster.World.Trace($"activation {process.Name} on {machine.Name}");
        cluster.World.Schedule(process, TimeSpan.Zero, () => _ = LiveAsync(activation));
        return activation;
    }

    /// <summary>Where a message to the pool goes. While there are two activations it may be either of them.</summary>
    public Activation Route(string pool)
    {
        var alive = _activations[pool].FindAll(activation => activation.Process.IsAlive && !activation.Actor.IsSuperseded);
        if (alive.Count == 0)
            return Activate(pool);
        return cluster.IsCalm ? alive[^1] : cluster.World.Pick(alive);
    }

    private async Task LiveAsync(Activation activation)
    {
        try
        {
            await activation.Actor.RecoverAsync();
            cluster.World.Trace($"{activation.Process.Name} has epoch {activation.Actor.Epoch}, ready: {activation.Actor.IsReady}");
            while (!activation.Actor.IsSuperseded || activation.Actor.Unsettled > 0)
            {
                await Task.Delay(Cluster.Timings.ReconcileInterval, activation.Process.Time);
                if (!cluster.WithoutReconciliation)
                    await activation.Actor.ReconcileAsync();
            }

            activation.Process.Kill();
        }
        catch (Exception e)
        {
            cluster.World.Violate($"{activation.Process.Name} failed: {e}");
        }
    }
}

/// <summary>Pools as one process reaches them.</summary>
internal sealed class SimPoolDirectory(Cluster cluster, SimProcess from) : IPoolDirectory
{
    public IPoolPeer? Find(string pool) => cluster.Pools.Exists(pool) ? new Peer(cluster, from, pool) : null;

    private sealed class Peer(Cluster cluster, SimProcess from, string pool) : IPoolPeer
    {
        public bool IsNear => false;

        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
        {
            var copy = request;
            return Call($"acquire {copy.Job} from {pool} for {copy.Node}, {copy.Bytes} bytes, route {copy.Route:x}, wait {copy.Wait.TotalMilliseconds:0}", actor => actor.AcquireAsync(copy));
        }

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
            => Call($"acquire from {pool}: {string.Join(", ", requests.Select(request => request.Job))}", actor => actor.AcquireManyAsync(requests));

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
        {
            var copy = request;
            return Call($"release {copy.Job} to {pool}, route {copy.Route:x}, {copy.Ending}", actor => actor.ReleaseAsync(copy));
        }

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
            => Call($"release to {pool}: {string.Join(", ", requests.Select(request => request.Job))}", actor => actor.ReleaseManyAsync(requests));

        private ValueTask<T> Call<T>(FormattableString what, Func<PoolActor, ValueTask<T>> handle)
            => new(cluster.Network.CallAsync(from, () => cluster.Pools.Route(pool).Process, null, what, process => handle(cluster.Pools.ActorOf(process))));
    }
}

/// <summary>Nodes as one process reaches them.</summary>
internal sealed class SimNodePeers(Cluster cluster, SimProcess from) : INodePeers
{
    public ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync()
        => new(cluster.Network.CallAsync(from, () => cluster.Membership.Process, null, $"who is alive", _ => ValueTask.FromResult<IReadOnlyCollection<NodeId>>([.. cluster.Membership.Live])));

    public ValueTask<InventoryReply> InventoryAsync(NodeId node, InventoryRequest request)
        => Call(node, $"inventory for {request.Pool} epoch {request.Epoch}", actor => actor.Inventory(request));

    public ValueTask<ReconcileReply> ReconcileAsync(NodeId node, ReconcileRequest request)
        => Call(node, $"reconcile {request.Pool}: {string.Join(", ", request.Shares)}", actor => actor.Reconcile(request));

    public ValueTask<int> KillAsync(NodeId node, KillRequest request)
        => Call(node, $"kill for {request.Pool}: {string.Join(", ", request.Jobs)}", actor => actor.Kill(request));

    private ValueTask<T> Call<T>(NodeId id, FormattableString what, Func<NodeActor, T> handle)
    {
        var node = cluster.Nodes.Find(node => node.Actor.Id == id);
        return new(cluster.Network.CallAsync(from, () => node?.Process, node?.Process.Machine, what, _ => ValueTask.FromResult(handle(node!.Actor))));
    }
}
