using Handler.Cluster;
using Handler.Embedded;
using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Pools;
using Handler.Wire;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Cluster;

/// <summary>
/// The parts of a cluster's node that take calls, with a pool and other nodes of the test. Workers are objects of the test: a job ends when
/// the test says so.
/// </summary>
internal sealed class CallParts : IOtherNodes, IPoolDirectory, IAsyncDisposable
{
    public const long MiB = 1 << 20;

    public static readonly NodeId Self = new("self");
    public static readonly NodeId Other = new("other");

    private readonly ScriptedPlatform platform;
    private readonly TaskCompletionSource<(ScriptedWorker Worker, RequestHead Head)> started = new();
    private readonly BackgroundWork background;
    private readonly RecordingLogger logger = new();
    private Node? node;

    private CallParts()
    {
        platform = ScriptedPlatform.Claiming((worker, head) => started.TrySetResult((worker, head)));
        Calls = new CallTable(Capacity);
        Placement = new Placement(Self, Capacity, this, Time);
        Store.Add(Flood.Name, new PoolConfiguration { Limits = new PoolLimits(100, long.MaxValue) });
        Store.Add("pool", new PoolConfiguration { Limits = new PoolLimits(10, long.MaxValue) });
        background = new BackgroundWork((work, exception) => Failures.Add((work, exception)));
        Leases = new NodeLeases(
            new ClusterNodePorts { Id = Self, Scope = 1, Pools = this, Store = Store, Others = this, Time = Time, Turns = Turns },
            background,
            logger);
    }

    public FakeTimeProvider Time { get; } = new();

    public NodeCapacity Capacity { get; } = new(workers: 1, queued: 1, bytes: 100 * MiB, payloads: 10 * MiB);

    public TurnContext Turns { get; } = new();

    public MemoryPoolStore Store { get; } = new();

    public CallTable Calls { get; }

    public Placement Placement { get; }

    public NodeLeases Leases { get; }

    public CallRunner Runner { get; private set; } = null!;

    public CallIntake Intake { get; private set; } = null!;

    /// <summary>All that was logged so far. The node's own thread writes it.</summary>
    public IReadOnlyCollection<LogLine> LoggedLines
    {
        get
        {
            Assert.True(node!.Logger.Flush(TimeSpan.FromSeconds(30)), "the log lines were not written");
            return logger.Lines;
        }
    }

    /// <summary>The pool "pool".</summary>
    public ScriptedPool Pool { get; } = new("pool");

    /// <summary>The pool "flood".</summary>
    public ScriptedPool Flood { get; } = new("flood");

    public List<(string Work, Exception Exception)> Failures { get; } = [];

    /// <summary>The published loads of the other nodes.</summary>
    public Func<IReadOnlyList<NodeLoad>> Loads { get; set; } = static () => [];

    /// <summary>How another node replies to a call that is handed to it.</summary>
    public Func<JobRequest, Task<CallReply>> WhenHandedOver { get; set; }
        = static _ => Task.FromResult(new CallReply(CallState.Asking, Other));

    /// <summary>The calls that were handed to another node.</summary>
    public List<JobRequest> HandedOver { get; } = [];

    /// <summary>Whether this node was declared dead.</summary>
    public bool IsDead { get; set; }

    IReadOnlyList<NodeLoad> IOtherNodes.Loads => Loads();

    public static NodeLoad RoomAt(NodeId node, int workers = 1) => new(node, workers, 1_000 * MiB, Accepts: true);

    public static async Task<CallParts> StartAsync()
    {
        var parts = new CallParts();
        var options = new HandlerOptions { MaxWorkers = 1, MinWorkers = 0, SpareWorkers = 0 };
        var node = parts.node = await Wait.For(Node.StartAsync(options, parts.platform, parts.logger, default), "the start of a node");
        var outcomes = new CallOutcomes(Self, parts.Capacity, parts.Calls);
        parts.Runner = new CallRunner(node, Self, parts.Placement, parts.Leases, outcomes, parts.background, parts.Time);
        var responsiveness = new ResponsivenessCheck(Self, () => Task.FromResult(parts.IsDead), parts.Time, parts.logger);
        parts.Intake = new CallIntake(
            Self, 1 << 20, parts.Placement, parts.Capacity, parts.Calls, responsiveness, parts.Runner, parts.Time);
        return parts;
    }

    public static JobRequest Request(ulong call = 1, string? pool = null, long bytes = MiB, double waitMs = 0, int payload = 1) => new()
    {
        Call = new CallId(1, call),
        Pool = pool,
        Options = JobOptions.Default with { MaxHeapBytes = bytes, Wait = TimeSpan.FromMilliseconds(waitMs) },
        Function = new byte[payload],
    };

    /// <summary>A call that is in the table and counts with its payload, as the intake leaves it to the runner.</summary>
    public Call Arrived(JobRequest request)
    {
        var call = new Call(request, Self, Time);
        Assert.Null(Capacity.TryHold(request.HeldBytes));
        Assert.True(Calls.TryAdd(call));
        return call;
    }

    /// <summary>Takes a place of the node without a call.</summary>
    public JobRejected? TryFill(long bytes, out JobId place) => Capacity.TryTake(bytes, 0, null, out place);

    /// <summary>Takes all places of the node; returns them.</summary>
    public List<JobId> Fill(long bytes = MiB)
    {
        var places = new List<JobId>();
        while (TryFill(bytes, out var place) is null)
            places.Add(place);
        return places;
    }

    /// <summary>Waits until the job has started.</summary>
    public Task Started() => Wait.For(started.Task, "the start of the job");

    /// <summary>Lets the job that has started throw an exception.</summary>
    public async Task Throw(string message)
    {
        var (worker, head) = await Wait.For(started.Task, "the start of the job");
        worker.Respond(ResponseKind.Failure, head, new FailureBody("Type", message, "").Write());
    }

    /// <summary>Closes the node under its calls, as a process does that exits.</summary>
    public Task CloseNode() => Wait.For(node!.DisposeAsync().AsTask(), "the node to be disposed");

    /// <summary>Checks that nothing counts or is held for jobs that have ended, and that no background work failed.</summary>
    public void AssertIsIdle()
    {
        Assert.Equal((0, 0), (Capacity.Jobs, Leases.Unacknowledged));
        Assert.Empty(Leases.Records());
        Assert.Empty(Failures);
    }

    public async ValueTask DisposeAsync() => await CloseNode();

    Task<CallReply> IOtherNodes.SubmitAsync(NodeId other, JobRequest request)
    {
        HandedOver.Add(request);
        return WhenHandedOver(request);
    }

    IPoolPeer? IPoolDirectory.Find(string pool) => pool == Pool.Name ? Pool : pool == Flood.Name ? Flood : null;

    ILocalActor? IPoolDirectory.FindLocal(string pool) => null;
}
