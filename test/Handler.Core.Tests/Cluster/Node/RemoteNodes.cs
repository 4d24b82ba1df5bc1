using Handler.Cluster;
using Handler.Embedded;
using Handler.FairShare;
using Handler.Pools;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Cluster;

/// <summary>
/// Nodes with real workers, pools and callers in one process, with direct calls between them: a cluster without messages.
/// </summary>
internal sealed class RemoteNodes : ICluster, IPoolDirectory, INodePeers, IAsyncDisposable
{
    private readonly string marker = Guid.NewGuid().ToString("N");
    private readonly Dictionary<NodeId, ClusterNode> nodes = [];
    private readonly Dictionary<string, PoolPeer> pools = new(StringComparer.Ordinal);
    private readonly MemoryPoolStore store = new();
    private readonly TimeProvider time;
    private readonly HandlerOptions client = new();

    private RemoteNodes(TimeProvider time)
    {
        this.time = time;
        Handler = new RemoteHandler(client, this, NullLogger.Instance, time);
    }

    /// <summary>What the nodes log.</summary>
    public RecordingLogger Log { get; } = new();

    public int MaxPayloadBytesOfClient
    {
        set => client.MaxPayloadBytes = value;
    }

    public IHandler Handler { get; }

    /// <summary>The node that callers reach.</summary>
    public ClusterNode Entry => nodes[IdOf(0)];

    public ClusterNode this[int index] => nodes[IdOf(index)];

    /// <summary>The nodes that another node asked to take a job.</summary>
    public List<NodeId> HandedTo { get; } = [];

    /// <summary>Maps a node's load to the load that other nodes see.</summary>
    public Func<NodeLoad, NodeLoad> Published { get; set; } = static load => load;

    /// <summary>Fetches a part of a value for its caller.</summary>
    public Func<ClusterNode, CallId, int, Task<ValuePart>> Fetching { get; set; } =
        static (node, call, offset) => Task.FromResult(node.Fetch(call, offset));

    /// <summary>If set, jobs that a node hands to another node wait for this task.</summary>
    public Task? SlowHandOver { get; set; }

    /// <summary>Whether a handed-over job arrives but the reply to it is lost.</summary>
    public bool LosesRepliesOfHandOvers { get; set; }

    public static Task<RemoteNodes> StartAsync(params Action<HandlerOptions>[] configure) => StartAsync(opens: true, configure);

    public static Task<RemoteNodes> StartAsync(bool opens, params Action<HandlerOptions>[] configure)
        => StartAsync(opens, TimeProvider.System, configure);

    /// <summary>Starts nodes whose callers, pools and they themselves have this time. Their workers have the system's.</summary>
    public static Task<RemoteNodes> StartAsync(TimeProvider time, params Action<HandlerOptions>[] configure)
        => StartAsync(opens: true, time, configure);

    private static async Task<RemoteNodes> StartAsync(bool opens, TimeProvider time, Action<HandlerOptions>[] configure)
    {
        var cluster = new RemoteNodes(time);
        for (var i = 0; i < configure.Length; i++)
        {
            var options = new HandlerOptions { MaxWorkers = 2 };
            options.WorkerEnvironment[TestNode.Variable] = cluster.marker;
            configure[i](options);
            var others = new Others(cluster, IdOf(i));
            var ports = new ClusterNodePorts
            {
                Id = IdOf(i),
                Scope = (ulong)i + 1,
                Pools = cluster,
                Store = cluster.store,
                Others = others,
                Time = time,
            };
            var node = await Wait.For(ClusterNode.StartAsync(options, ports, cluster.Log, default), "the start of a node");
            cluster.nodes.Add(node.Id, node);
            if (opens)
                node.Open();
        }

        return cluster;
    }

    /// <summary>Adds a pool. It recovers synchronously, because every node replies synchronously.</summary>
    public IPool AddPool(string name, int maxWorkers)
    {
        store.Add(name, new PoolConfiguration { Limits = new PoolLimits(maxWorkers, long.MaxValue / 2), MaxWaiting = 10 });
        pools.Add(name, new PoolPeer(new PoolActor(name, new PoolPorts { Pools = this, Nodes = this, Store = store, Time = time })));
        return Handler.GetPool(name);
    }

    public async ValueTask DisposeAsync()
    {
        await Wait.For(Handler.DisposeAsync().AsTask(), "the handler to be disposed");
        foreach (var node in nodes.Values)
            await Wait.For(node.DisposeAsync().AsTask(), "a node to be disposed");
        await Wait.Until(
            () => ProcessTable.WithVariable(TestNode.Variable, marker).Count == 0,
            () => "workers are left after the nodes were disposed");
    }

    IPoolPeer? IPoolDirectory.Find(string pool) => pools.GetValueOrDefault(pool);

    ILocalActor? IPoolDirectory.FindLocal(string pool) => null;

    ValueTask<IReadOnlyCollection<NodeId>> INodePeers.GetLiveNodesAsync() => ValueTask.FromResult<IReadOnlyCollection<NodeId>>(nodes.Keys);

    ValueTask<InventoryReply> INodePeers.InventoryAsync(NodeId node, InventoryRequest request)
        => ValueTask.FromResult(nodes[node].Inventory(request));

    ValueTask<ReconcileReply> INodePeers.ReconcileAsync(NodeId node, ReconcileRequest request)
        => ValueTask.FromResult(nodes[node].Reconcile(request));

    ValueTask<int> INodePeers.KillAsync(NodeId node, KillRequest request) => ValueTask.FromResult(nodes[node].Kill(request));

    Task<CallReply> ICluster.SubmitAsync(JobRequest request) => Entry.SubmitAsync(request);

    bool ICluster.HasNotLeft(Exception failure) => false;

    Task<CallReply> ICluster.WatchAsync(NodeId node, CallId call) => nodes[node].WatchAsync(call);

    Task<ValuePart> ICluster.FetchAsync(NodeId node, CallId call, int offset) => Fetching(nodes[node], call, offset);

    Task<FindReply> ICluster.FindAsync(CallId call, bool refuse)
        => Task.FromResult(
            new FindReply(
                nodes.Values.Select(node => node.Find(call, refuse)).FirstOrDefault(reply => reply.State != CallState.Unknown),
                null));

    Task ICluster.StopAsync(CallId call, StopRequest stop)
    {
        foreach (var node in nodes.Values)
            node.Stop(call, stop);
        return Task.CompletedTask;
    }

    Task ICluster.DetachAsync(NodeId node, CallId call)
    {
        nodes[node].Detach(call);
        return Task.CompletedTask;
    }

    Task<PoolSnapshot?> ICluster.GetSnapshotAsync(string pool, CancellationToken cancellationToken)
        => Task.FromResult<PoolSnapshot?>(pools[pool].GetSnapshot());

    Task<int> ICluster.KillAsync(string pool, KillTarget target, string reason, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    Task<VersionedPool?> ICluster.GetPoolAsync(string pool, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<PoolChange> ICluster.SetPoolAsync(
        string pool,
        PoolConfiguration configuration,
        long? version,
        CancellationToken cancellationToken)
        => throw new NotSupportedException();

    Task<bool> ICluster.RemovePoolAsync(string pool, CancellationToken cancellationToken) => throw new NotSupportedException();

    private static NodeId IdOf(int index) => new($"node{index}");

    private sealed class Others(RemoteNodes cluster, NodeId self) : IOtherNodes
    {
        public IReadOnlyList<NodeLoad> Loads
            => [.. cluster.nodes.Values.Where(node => node.Id != self).Select(node => cluster.Published(node.Load))];

        private async Task<CallReply> SubmitLaterAsync(Task slow, NodeId node, JobRequest request)
        {
            await slow;
            return await cluster.nodes[node].SubmitAsync(request);
        }

        public Task<CallReply> SubmitAsync(NodeId node, JobRequest request)
        {
            cluster.HandedTo.Add(node);
            if (cluster.LosesRepliesOfHandOvers)
            {
                _ = cluster.nodes[node].SubmitAsync(request);
                return Task.FromException<CallReply>(new TimeoutException());
            }

            return cluster.SlowHandOver is { } slow ? SubmitLaterAsync(slow, node, request) : cluster.nodes[node].SubmitAsync(request);
        }
    }

    /// <summary>Each call is a turn of the pool.</summary>
    private sealed class PoolPeer : IPoolPeer
    {
        private readonly TurnContext turns = new();
        private readonly PoolActor actor;

        public PoolPeer(PoolActor actor)
        {
            this.actor = actor;
            using (turns.Enter())
                _ = actor.RecoverAsync();
        }

        public PoolSnapshot GetSnapshot()
        {
            using (turns.Enter())
                return actor.GetSnapshot();
        }

        public ILocalActor? LocalActor => null;

        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
        {
            using (turns.Enter())
                return actor.AcquireAsync(request);
        }

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
        {
            using (turns.Enter())
                return actor.AcquireManyAsync(requests);
        }

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
        {
            using (turns.Enter())
                return actor.ReleaseAsync(request);
        }

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
        {
            using (turns.Enter())
                return actor.ReleaseManyAsync(requests);
        }

        public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
        {
            using (turns.Enter())
                return actor.CheckFeasibilityAsync(from, bytes, depth);
        }
    }
}
