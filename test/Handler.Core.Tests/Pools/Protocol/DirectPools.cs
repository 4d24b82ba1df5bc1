using Handler.Embedded;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>
/// One node and its pools with direct calls between them, in virtual time: the protocol without a network, as in one process.
/// </summary>
internal sealed class DirectPools : IPoolDirectory, INodePeers, INodeJobs
{
    private readonly World world = new(1, trace: false);
    private readonly RecordingLogger log = new();
    private readonly SimProcess process;
    private readonly Dictionary<string, PoolActor> pools = [];
    private readonly Dictionary<string, DirectPoolPeer> peers = [];
    private readonly Dictionary<JobId, Lease> running = [];

    public DirectPools()
    {
        process = new SimProcess(world, "node", new SimMachine("machine"));
        Node = new NodeActor(new NodeId("node"), 1, new NodePorts { Pools = this, Store = Store, Jobs = this, Time = process.Time });
    }

    public MemoryPoolStore Store { get; } = new();

    public NodeActor Node { get; }

    public Dictionary<string, IPoolSelector> Selectors { get; } = [];

    /// <summary>Replies in place of the selectors, asynchronously; <see langword="null"/> to call the selectors within the turn.</summary>
    public Func<ValueTask<IReadOnlyList<string>>>? SlowSelector { get; set; }

    /// <summary>Remote pools.</summary>
    public Dictionary<string, IPoolPeer> Far { get; } = [];

    /// <summary>Returns the live nodes; <see langword="null"/> if only the one node is live.</summary>
    public Func<ValueTask<IReadOnlyCollection<NodeId>>>? LiveNodes { get; set; }

    public List<(JobId Job, string Reason)> Kills { get; } = [];

    public IReadOnlyList<string> Warnings => [.. log.Lines.Select(line => line.Text)];

    /// <summary>The ports that a pool needs.</summary>
    public PoolPorts Ports
        => new()
        {
            Pools = this,
            Nodes = this,
            Store = Store,
            Time = process.Time,
            Selectors = Selectors,
            Log = log,
            Select = (selector, config, parameter, _)
                => SlowSelector?.Invoke() ?? ValueTask.FromResult(SelectorQueue.NamesOf(selector.SelectParents(config, parameter))),
        };

    public PoolActor this[string pool] => pools[pool];

    public PoolActor Add(
        string pool,
        int maxWorkers,
        long maxBytes = 1_000,
        string? parent = null,
        string? selector = null,
        int maxWaiting = 100)
    {
        Store.Add(
            pool,
            new PoolConfiguration
            {
                Limits = new PoolLimits(maxWorkers, maxBytes),
                Parent = parent,
                Selector = selector,
                MaxWaiting = maxWaiting,
            });
        var actor = pools[pool] = new PoolActor(pool, Ports);
        if (!peers.TryGetValue(pool, out var peer))
            peers.Add(pool, peer = new DirectPoolPeer(pool));
        peer.Actor = actor;
        Turn(() => actor.RecoverAsync());
        return actor;
    }

    /// <summary>Runs an action in a turn, and then everything that follows from it at the same virtual time.</summary>
    public T Turn<T>(Func<T> action)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(process);
        try
        {
            return action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
            world.RunUntil(world.Elapsed);
        }
    }

    public void Advance(double milliseconds) => world.RunUntil(world.Elapsed + TimeSpan.FromMilliseconds(milliseconds));

    public Task<Admission> Admit(
        string pool,
        long bytes = 0,
        string? name = null,
        double waitMs = 0,
        int priority = 0,
        string? parameter = null,
        CancellationToken cancellationToken = default)
    {
        var admission = Turn(()
            => Node.AdmitAsync(
                    new AdmissionRequest
                    {
                        Pool = pool,
                        Bytes = bytes,
                        Name = name,
                        Wait = TimeSpan.FromMilliseconds(waitMs),
                        Priority = priority,
                        PoolTimeout = TimeSpan.FromSeconds(1),
                        SelectorArgument = parameter,
                    },
                    cancellationToken)
                .AsTask());
        return Turn(() => Note(admission));
    }

    public Lease Run(string pool, long bytes = 0, string? name = null)
        => Admit(pool, bytes, name).Result.Lease ?? throw new InvalidOperationException("The job was rejected.");

    public JobRejected Rejected(string pool, long bytes = 0, string? name = null, string? parameter = null)
    {
        var admission = Admit(pool, bytes, name, parameter: parameter);
        if (!admission.IsCompleted || admission.Result.Lease is not null)
            throw new InvalidOperationException("The job was not rejected synchronously.");
        return admission.Result.Reject;
    }

    public void End(Lease lease, LeaseOutcome? outcome = null)
    {
        running.Remove(lease.Job);
        var released = Turn(() => Node.EndAsync(lease, outcome ?? LeaseOutcome.Completed).AsTask());
        if (!released.IsCompleted || !released.Result)
            throw new InvalidOperationException("The lease was not released synchronously.");
    }

    public (int Workers, long Bytes) Used(string pool) => (pools[pool].GetSnapshot().UsedWorkers, pools[pool].GetSnapshot().UsedBytes);

    public IPoolPeer? Find(string pool) => Far.TryGetValue(pool, out var far) ? far : peers.GetValueOrDefault(pool);

    public ILocalActor? FindLocal(string pool) => Far.ContainsKey(pool) ? null : peers.GetValueOrDefault(pool)?.Actor;

    public ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync()
        => LiveNodes?.Invoke() ?? ValueTask.FromResult<IReadOnlyCollection<NodeId>>([Node.Id]);

    public ValueTask<InventoryReply> InventoryAsync(NodeId node, InventoryRequest request) => ValueTask.FromResult(Node.Inventory(request));

    public ValueTask<ReconcileReply> ReconcileAsync(NodeId node, ReconcileRequest request) => ValueTask.FromResult(Node.Reconcile(request));

    public ValueTask<int> KillAsync(NodeId node, KillRequest request) => ValueTask.FromResult(Node.Kill(request));

    /// <summary>A killed job ends like any other, only earlier.</summary>
    public void Kill(JobId job, string reason)
    {
        Kills.Add((job, reason));
        var lease = running[job];
        process.Post(_ => _ = Node.EndAsync(lease, new LeaseOutcome(JobOutcomeKind.Killed)).AsTask(), null);
    }

    private async Task<Admission> Note(Task<Admission> admission)
    {
        var done = await admission;
        if (done.Lease is { } lease)
            running[lease.Job] = lease;
        return done;
    }
}
