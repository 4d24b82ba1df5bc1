using Handler.Embedded;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>The parts of one activation of the pool "pool", in virtual time, without the actor that connects them.</summary>
internal sealed class PoolParts
{
    public static readonly NodeId Node = new("node");

    private readonly VirtualProcess process = new();

    public PoolParts()
    {
        var pools = new TestDirectory { Peers = new() { ["parent"] = Parent, ["other"] = OtherParent } };
        Ports = new PoolPorts { Pools = pools, Nodes = Nodes, Store = new MemoryPoolStore(), Time = process.Time, Log = Log };
        Background = new BackgroundWork((work, exception) => Failures.Add((work, exception)), inTurns: true);
        var links = new PoolLinks(pools, Ports.Timings, Ports.Time, Background);
        Lifecycle = new PoolLifecycle(State, Ports.Time);
        Pending = new PendingAcquires(State, Ports.Time);
        var outbox = new ReleaseOutbox(links, Ports.Timings, Ports.Time, Log);
        Releases = new PoolReleases(State, Pending, outbox, Background, Ports.Time);
        Parents = new PoolParents(State, links, Ports);
        WaitingRoom = new WaitingRoom(State, Lifecycle, Parents, Releases, Background, Ports);
        Limit(10, 1_000);
    }

    public PoolState State { get; } = new("pool") { Epoch = 1 };

    public PoolLifecycle Lifecycle { get; }

    public PendingAcquires Pending { get; }

    public PoolReleases Releases { get; }

    public PoolParents Parents { get; }

    public WaitingRoom WaitingRoom { get; }

    public PoolPorts Ports { get; }

    /// <summary>The pool "parent".</summary>
    public TestPeer Parent { get; } = new();

    /// <summary>The pool "other".</summary>
    public TestPeer OtherParent { get; } = new();

    public TestNodes Nodes { get; } = new();

    public RecordingLogger Log { get; } = new();

    public BackgroundWork Background { get; }

    /// <summary>The background work that has failed.</summary>
    public List<(string Work, Exception Exception)> Failures { get; } = [];

    public static AcquireRequest Ask(ulong job, long bytes = 0, NodeId? node = null, string? name = null, double waitMs = 0)
        => new()
        {
            Job = new JobId(1, job),
            Node = node ?? Node,
            Bytes = bytes,
            Name = name,
            Wait = TimeSpan.FromMilliseconds(waitMs),
            Budget = TimeSpan.FromSeconds(1),
        };

    public static ShareId IdOf(in AcquireRequest request) => new(request.Job, request.Route);

    public static ReleaseRequest ReleaseOf(in AcquireRequest request, LeaseOutcome outcome) => new(request.Job, request.Route, outcome);

    public void Limit(int maxWorkers, long maxBytes, string? parent = null, int maxWaiting = 100)
        => State.Apply(new PoolConfiguration { Limits = new PoolLimits(maxWorkers, maxBytes), Parent = parent, MaxWaiting = maxWaiting });

    /// <summary>Takes a share for a request, and commits it.</summary>
    public AcquireRequest Hold(in AcquireRequest request, PoolChain? above = null)
    {
        if (State.TryHold(request, Ports.Time.GetTimestamp()) != HoldResult.Held)
            throw new InvalidOperationException("The share does not fit.");
        State.TryCommit(request.Job, request.Route, above);
        return request;
    }

    /// <summary>Lets a request wait for room. The task completes with the reject, or with null when the share is held.</summary>
    public Task<JobRejected?> Wait(AcquireRequest request) => Turn(async () =>
    {
        var pending = Pending.Add(request);
        try
        {
            return await WaitingRoom.WaitAsync(pending, HoldResult.NoWorkers);
        }
        finally
        {
            Pending.Remove(pending);
        }
    });

    public bool Holds(in AcquireRequest request) => State.Ledger.TryGet(request.Job, out _);

    public void Turn(Action action) => process.Turn(() =>
    {
        action();
        return 0;
    });

    /// <inheritdoc cref="VirtualProcess.Turn"/>
    public T Turn<T>(Func<T> action) => process.Turn(action);

    public void Advance(double milliseconds) => process.Advance(milliseconds);
}
