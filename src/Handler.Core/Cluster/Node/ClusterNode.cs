using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>
/// One node of a cluster: accepts calls of callers elsewhere, gets leases for their jobs, runs them, releases the leases and keeps the
/// outcomes for the callers. Knows nothing of how messages are sent.
/// </summary>
/// <remarks>
/// A call arrives at the <see cref="CallIntake"/>, which asks the <see cref="Placement"/> whether it stays here. The
/// <see cref="CallRunner"/> runs it with a lease of the <see cref="NodeLeases"/>. The <see cref="CallOutcomes"/> keep its outcome, and the
/// <see cref="CallTable"/> knows it until its caller has that.
/// </remarks>
internal sealed class ClusterNode : IAsyncDisposable
{
    private readonly Node node;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly NodeCapacity capacity;
    private readonly CallTable calls;
    private readonly NodeLeases leases;
    private readonly Placement placement;
    private readonly CallRunner runner;
    private readonly CallIntake intake;
    private readonly NodeSessions sessions;
    private readonly ResponsivenessCheck responsiveness;
    private readonly CancellationTokenSource closing = new();
    private readonly Task sweeping;

    private ClusterNode(Node node, ClusterNodePorts ports)
    {
        this.node = node;
        Id = ports.Id;
        time = ports.Time;
        logger = node.Logger;
        var options = node.Options;
        var background = new BackgroundWork((work, exception) => ClusterNodeLog.BackgroundFailed(logger, work, exception));
        var onePayload = options.PayloadLimit + Tuning.Calls.LargeValue; // can always be held
        var payloads = Math.Max(options.MaxHeldPayloadBytes, onePayload);
        capacity = new NodeCapacity(options.MaxWorkers, options.MaxQueuedJobs, options.MaxMemoryBytes, payloads);
        calls = new CallTable(capacity);
        leases = new NodeLeases(ports, background, logger);
        placement = new Placement(Id, capacity, ports.Others, time);
        runner = new CallRunner(node, Id, placement, leases, new CallOutcomes(Id, capacity, calls), background, time);
        responsiveness = new ResponsivenessCheck(Id, ports.IsDeadAsync, time, logger);
        intake = new CallIntake(Id, options.PayloadLimit, placement, capacity, calls, responsiveness, runner, time);
        sessions = new NodeSessions(Id, intake, calls, background, time);
        sweeping = background.KeepRunningAsync("the sweep of calls", SweepAsync, NodeTimings.Sweep, time, closing.Token);
    }

    public NodeId Id { get; }

    /// <inheritdoc cref="Placement.Load"/>
    public NodeLoad Load => placement.Load;

    /// <summary>Starts the workers. Jobs are accepted after <see cref="Open"/>.</summary>
    /// <inheritdoc cref="Node.StartAsync"/>
    public static async Task<ClusterNode> StartAsync(
        HandlerOptions options,
        ClusterNodePorts ports,
        ILogger logger,
        CancellationToken cancellationToken)
        => new(await Node.StartAsync(options, new LinuxPlatform(), logger, cancellationToken).ConfigureAwait(false), ports);

    /// <summary>Starts accepting jobs. The membership must list this node as alive by now, because pools ask only such nodes.</summary>
    public void Open() => placement.Open();

    /// <summary>Stops accepting jobs.</summary>
    public void Close() => placement.Close();

    /// <inheritdoc cref="NodeSessions.ExchangeAsync"/>
    public ValueTask<SessionReply> ExchangeAsync(SessionMessage message) => sessions.ExchangeAsync(message);

    /// <summary>Accepts a call, or hands it over to another node; replies within <see cref="NodeTimings.LongPoll"/>.</summary>
    public Task<CallReply> SubmitAsync(JobRequest request) => intake.SubmitAsync(request);

    /// <summary>Replies when a call makes progress, or after <see cref="NodeTimings.LongPoll"/>.</summary>
    public async Task<CallReply> WatchAsync(CallId id)
    {
        if (calls.Find(id) is { } call)
            return intake.Deliver(call, await call.ListenAsync().ConfigureAwait(false));
        if (calls.OfferOf(id) is not { } offer)
            return new CallReply(CallState.Unknown, Id);
        await offer.WaitAsync(NodeTimings.LongPoll, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Find(id, refuse: false);
    }

    /// <inheritdoc cref="ICluster.FetchAsync"/>
    public ValuePart Fetch(CallId id, int offset)
    {
        if (calls.Find(id) is not { } call)
            return new ValuePart(default);
        var part = call.Fetch(offset, out var hasAll);
        if (hasAll)
            calls.Delivered(call);
        return part;
    }

    /// <summary>Returns immediately how far a call is. If the call is not known here, it may be refused from now on.</summary>
    public CallReply Find(CallId id, bool refuse)
    {
        if (calls.IsOffered(id))
            return new CallReply(CallState.Asking, Id);
        return (refuse ? calls.FindOrRefuse(id) : calls.Find(id))?.Peek() ?? new CallReply(CallState.Unknown, Id);
    }

    /// <summary>Stops a call for its caller. If the call is not known here, it is refused from now on.</summary>
    public void Stop(CallId id, StopRequest stop) => calls.FindOrRefuse(id)?.Stop(stop);

    /// <summary>From now on a call continues even if its caller stops asking for it.</summary>
    public void Detach(CallId id) => calls.Find(id)?.Detach();

    /// <inheritdoc cref="NodeActor.Inventory"/>
    public InventoryReply Inventory(InventoryRequest request) => leases.Inventory(request);

    /// <inheritdoc cref="NodeActor.Reconcile"/>
    public ReconcileReply Reconcile(ReconcileRequest request) => leases.Reconcile(request);

    /// <inheritdoc cref="NodeActor.Kill"/>
    public int Kill(KillRequest request) => leases.Kill(request);

    /// <summary>What runs here and in which pools, and what is held for callers, by this node's own books.</summary>
    public NodeRecords Records()
        => new(Id, capacity.Jobs, capacity.Payloads, leases.Unacknowledged, leases.Records(), node.Dispatcher.WorkerPids());

    /// <summary>
    /// Stops accepting jobs, hands jobs that wait for their pool over to other nodes, and lets admitted jobs end within a time. Then kills
    /// the rest, and waits until everything that they had is released and their callers have the outcomes.
    /// </summary>
    public async Task DrainAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        Close();
        if (placement.OthersAccept)
            await runner.LeaveAsync().ConfigureAwait(false); // if there is no other node, they may still run here
        await WaitUntilIdleAsync(grace, cancellationToken).ConfigureAwait(false);
        KillRest(grace);

        // Even if it is late by now: their shares count in pools elsewhere.
        await WaitUntilIdleAsync(PoolTimings.Default.ReleaseTimeout, CancellationToken.None).ConfigureAwait(false);
        bool AllAreFetched() => !AnyCall(static call => call.IsAwaited);
        await WaitUntilAsync(AllAreFetched, NodeTimings.FetchAfterDrain, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await node.DisposeAsync().ConfigureAwait(false);
        leases.Close();
        await closing.CancelAsync().ConfigureAwait(false);
        await sweeping.ConfigureAwait(false);
        closing.Dispose();
    }

    private void KillRest(TimeSpan grace)
    {
        var left = calls.All.Where(static call => !call.HasEnded).ToList();
        if (left.Count > 0)
            ClusterNodeLog.KillsRest(logger, left.Count, grace);
        foreach (var call in left)
            call.Stop(new StopRequest(runner.ShuttingDown(), Immediately: true));
    }

    private bool AnyCall(Func<Call, bool> condition) => calls.All.Any(condition);

    private Task WaitUntilIdleAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        bool IsIdle() => !AnyCall(static call => !call.HasEnded || call.IsAwaited) && leases.Unacknowledged == 0;
        return WaitUntilAsync(IsIdle, patience, cancellationToken);
    }

    private async Task WaitUntilAsync(Func<bool> condition, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        using var timer = new PeriodicTimer(Tuning.Calls.DrainCheck, time);
        try
        {
            while (!condition())
                await timer.WaitForNextTickAsync(limited.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Time is up.
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(NodeTimings.Sweep, time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            var now = time.GetTimestamp();
            var unresponsive = responsiveness.Beat(now);
            sessions.Sweep(now, unresponsive);
            calls.Sweep(now, unresponsive);
        }
    }
}
