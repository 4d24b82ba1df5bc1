using System.Diagnostics;
using Handler.Functions;
using Handler.Nodes;
using Handler.Platform;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>
/// One node of a cluster: accepts calls of callers elsewhere, gets leases for their jobs, runs them, releases the leases and keeps the
/// outcomes for the callers. Knows nothing of how messages are sent.
/// </summary>
internal sealed partial class ClusterNode : INodeJobs, IAsyncDisposable
{
    /// <summary>If no job has ended for this long on a full node, all its workers run slow jobs.</summary>
    private static readonly TimeSpan Standstill = TimeSpan.FromMilliseconds(50);

    /// <summary>The approximate time of a quick job, including the waking of its worker.</summary>
    private static readonly TimeSpan MostLooking = TimeSpan.FromMicroseconds(100);

    /// <summary>The number of nodes with a published load of "full" that are asked before a job is rejected.</summary>
    private const int MostFullAsked = 2;

    private readonly Node node;
    private readonly ClusterNodePorts ports;
    private readonly ILogger logger;
    private readonly NodeActor actor;
    private readonly TurnContext turns;
    private readonly CallTable calls;
    private readonly NodeCapacity capacity;
    private readonly Func<int, JobFailure?> whyNotKept;
    private readonly FunctionProfiles profiles = new();
    private readonly CancellationTokenSource draining = new(); // not disposed: a call may start asking its pool at any time
    private readonly CancellationTokenSource sweepingEnds = new();
    private readonly Task sweeping;
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool accepts;
    private long lastEnd;

    private ClusterNode(Node node, ClusterNodePorts ports)
    {
        this.node = node;
        this.ports = ports;
        logger = node.Logger;
        turns = ports.Turns;
        lastEnd = ports.Time.GetTimestamp();
        var options = node.Options;
        capacity = new NodeCapacity(options.MaxWorkers, options.MaxQueuedJobs, options.MaxMemoryBytes, Math.Max(options.MaxHeldPayloadBytes, options.MaxPayloadBytes + LargeValue)); // one payload can always be held
        calls = new CallTable(capacity);
        whyNotKept = WhyNotKept;

        actor = new NodeActor(ports.Id, ports.Scope, new NodePorts
        {
            Pools = ports.Pools,
            Store = ports.Store,
            Jobs = this,
            Time = ports.Time,
            Warn = (what, exception) => turns.Afterwards(() => LogPools(what, exception)),
        });
        sweeping = SweepAsync();
    }

    public NodeId Id => ports.Id;

    /// <summary>How much room there is, published to the other nodes.</summary>
    public NodeLoad Load => new(Id, capacity.FreeWorkers, capacity.FreeBytes, accepts, capacity.MaxBytes, capacity.FreePlaces);

    /// <summary>How many bytes of requests and outcomes are held here for callers.</summary>
    public long HeldPayloadBytes => capacity.Payloads;

    /// <summary>Starts the workers. Jobs are accepted after <see cref="Open"/>.</summary>
    /// <inheritdoc cref="Node.StartAsync"/>
    public static async Task<ClusterNode> StartAsync(HandlerOptions options, ClusterNodePorts ports, ILogger logger, CancellationToken cancellationToken)
        => new(await Node.StartAsync(options, new LinuxPlatform(), logger, cancellationToken).ConfigureAwait(false), ports);

    /// <summary>Starts accepting jobs. The membership must list this node as alive by now, because pools ask only such nodes.</summary>
    public void Open()
    {
        accepts = true;
        opened.TrySetResult();
    }

    /// <summary>Stops accepting jobs.</summary>
    public void Close()
    {
        accepts = false;
        opened.TrySetResult();
    }

    /// <summary>Accepts a call, or hands it over to another node; replies within <see cref="NodeTimings.LongPoll"/>.</summary>
    public async Task<CallReply> SubmitAsync(JobRequest request)
    {
        try
        {
            return await TakeAsync(request).ConfigureAwait(false);
        }
        finally
        {
            calls.EndOffer(request.Call);
        }
    }

    private async Task<CallReply> TakeAsync(JobRequest request)
    {
        if ((WhyTooLarge(request) ?? capacity.TryHold(request.HeldBytes)) is { } closed)
            return Refuse(closed);
        var profile = profiles.Of(request.Function.Span);
        Call? call = null;
        Task<CallReply> answer;
        try
        {
            if (!opened.Task.IsCompleted)
            {
                // The node has just started. If no other node accepts the job, it is known here as being offered until this node accepts
                // it.
                if (await OfferAsync(request, freeWorkersOnly: false).ConfigureAwait(false) is { } elsewhere)
                    return elsewhere;
                await opened.Task.WaitAsync(NodeTimings.LateArrival, ports.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (HasStoodStill)
                await ThrowIfDeadAsync().ConfigureAwait(false);
            if (WhyNowhere(request) is { } nowhere)
                return Refuse(nowhere);
            if (accepts && IsCrowdedFor(profile) && await OfferAsync(request, freeWorkersOnly: true).ConfigureAwait(false) is { } handed)
                return handed;

            // A job that waits for room in its pool needs none here meanwhile, but it should wait on a node that has some.
            var bytes = request.Options.MaxHeapBytes;
            var takesLater = request is { Pool: not null, Options.Wait.Ticks: > 0 };
            var never = InfeasibleHere(request);
            if (accepts && takesLater && capacity.FreeBytes < bytes && await OfferAsync(request, freeWorkersOnly: never is null).ConfigureAwait(false) is { } roomier)
                return roomier;
            var full = !accepts ? TakesNoMore() : takesLater ? null : never ?? capacity.TryTake(bytes);
            if (full is not null)
                return await OfferAsync(request, freeWorkersOnly: false).ConfigureAwait(false) ?? Refuse(full);

            var taken = new Call(request, Id) { HasRoom = !takesLater };
            answer = taken.ListenAsync();
            if (!calls.TryAdd(taken))
            {
                GiveRoom(taken);
                return new CallReply(CallState.Unknown, Id);
            }

            call = taken;
        }
        finally
        {
            if (call is null)
                capacity.LetGo(request.HeldBytes);
        }

        _ = RunAsync(call, new EncodedFunction(request.Function, profile));
        SpinForAnswer(answer, profile);
        return await DeliverAsync(call, answer).ConfigureAwait(false);
    }

    /// <summary>Replies when a call makes progress, or after <see cref="NodeTimings.LongPoll"/>.</summary>
    public async Task<CallReply> WatchAsync(CallId id)
    {
        if (calls.Find(id) is { } call)
            return await DeliverAsync(call, call.ListenAsync()).ConfigureAwait(false);
        if (calls.OfferOf(id) is not { } offer)
            return new CallReply(CallState.Unknown, Id);
        await offer.WaitAsync(NodeTimings.LongPoll, ports.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        => IsOffered(id) ? new CallReply(CallState.Asking, Id) : (refuse ? calls.FindOrRefuse(id) : calls.Find(id)) is { } call ? call.Peek() : new CallReply(CallState.Unknown, Id);

    /// <summary>Stops a call for its caller. If the call is not known here, it is refused from now on.</summary>
    public void Stop(CallId id, StopRequest stop) => calls.FindOrRefuse(id)?.Stop(stop);

    /// <summary>From now on a call continues even if its caller stops asking for it.</summary>
    public void Detach(CallId id) => calls.Find(id)?.Detach();

    /// <inheritdoc cref="NodeActor.Inventory"/>
    public InventoryReply Inventory(InventoryRequest request)
    {
        using (turns.Enter())
            return actor.Inventory(request);
    }

    /// <inheritdoc cref="NodeActor.Reconcile"/>
    public ReconcileReply Reconcile(ReconcileRequest request)
    {
        using (turns.Enter())
            return actor.Reconcile(request);
    }

    /// <inheritdoc cref="NodeActor.Kill"/>
    public int Kill(KillRequest request)
    {
        using (turns.Enter())
            return actor.Kill(request);
    }

    /// <summary>What runs here and in which pools, by this node's own books.</summary>
    public NodeRecords Records()
    {
        using (turns.Enter())
        {
            return new NodeRecords(
                Id,
                capacity.Jobs,
                actor.Unacknowledged,
                [.. actor.Registry.Leases.SelectMany(PoolsOf)],
                node.Dispatcher.WorkerPids());
        }

        static IEnumerable<LeaseRecord> PoolsOf(Lease lease)
        {
            for (var link = lease.Chain; link is not null; link = link.Above)
                yield return new LeaseRecord(link.Pool, lease.Job, lease.Bytes);
        }
    }

    /// <summary>
    /// Stops accepting jobs, hands jobs that wait for their pool over to other nodes, and lets admitted jobs end within a time. Then kills
    /// the rest, and waits until everything that they had is released and their callers have the outcomes.
    /// </summary>
    public async Task DrainAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        Close();
        if (ports.Others.Loads.Any(load => load.Accepts))
            await draining.CancelAsync().ConfigureAwait(false); // if there is no other node, they may still run here
        await WaitUntilIdleAsync(grace, cancellationToken).ConfigureAwait(false);
        var left = calls.All.Where(call => !call.HasEnded).ToList();
        if (left.Count > 0)
            LogKillsRest(left.Count, grace);
        foreach (var call in left)
            call.Stop(new StopRequest(ShuttingDown(), AtOnce: true));
        await WaitUntilIdleAsync(PoolTimings.Default.ReleaseTimeout, CancellationToken.None).ConfigureAwait(false); // even if it is late by now: their shares count in pools elsewhere
        await WaitUntilAsync(() => !calls.All.Any(call => call.IsAwaited), NodeTimings.FetchAfterDrain, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await node.DisposeAsync().ConfigureAwait(false);
        using (turns.Enter())
            actor.Close();
        await sweepingEnds.CancelAsync().ConfigureAwait(false);
        await sweeping.ConfigureAwait(false);
        sweepingEnds.Dispose();
    }

    /// <summary>
    /// Polls briefly for the reply of a quick job, if nothing else runs here. Otherwise this thread would sleep and its processor would
    /// idle. When the result comes, a thread of the worker and a thread-pool thread would have to be woken one after the other, which takes
    /// longer than the job.
    /// </summary>
    private void SpinForAnswer(Task<CallReply> answer, FunctionProfile profile)
    {
        if (profile.IsSlow)
            return;
        for (var start = Stopwatch.GetTimestamp(); !answer.IsCompleted && capacity.Jobs <= 1 && Stopwatch.GetElapsedTime(start) < MostLooking;)
            Thread.Yield();
    }

    private bool IsOffered(CallId id) => calls.OfferOf(id) is not null && calls.Find(id) is null;

    /// <summary>
    /// Whether a job of this function should run elsewhere: a slow one should not wait here while workers are free there, and neither
    /// should a quick one if nothing has ended here for a while.
    /// </summary>
    private bool IsCrowdedFor(FunctionProfile profile)
        => capacity.FreeWorkers <= 0 && (profile.IsSlow || ports.Time.GetElapsedTime(Volatile.Read(ref lastEnd)) > Standstill);

    /// <summary>
    /// Hands over a call that is not in the table. It is known as being offered until <see cref="SubmitAsync"/> has finished with it.
    /// </summary>
    private Task<CallReply?> OfferAsync(JobRequest request, bool freeWorkersOnly)
    {
        if (request.HandedOver)
            return Task.FromResult<CallReply?>(null);
        calls.BeginOffer(request.Call);
        return HandOverAsync(request, freeWorkersOnly);
    }

    /// <summary>
    /// Asks other nodes to accept a call, the one with the most room first. Their published loads are some 100 ms old, so if the job would
    /// be rejected otherwise, a few nodes that seemed full are asked as well.
    /// </summary>
    private async Task<CallReply?> HandOverAsync(JobRequest request, bool freeWorkersOnly)
    {
        if (request.HandedOver)
            return null;
        var (bytes, needed) = (request.Options.MaxHeapBytes, NodeCapacity.NeededFor(request));
        var others = ports.Others.Loads.Where(load => load.Accepts && load.MaxBytes >= needed).OrderByDescending(load => load.FreeBytes >= bytes).ThenByDescending(load => load.FreeWorkers).ToList();
        var roomy = others.Count(load => load.FreeBytes >= bytes && (!freeWorkersOnly || load.FreeWorkers > 0));
        foreach (var other in others.Take(freeWorkersOnly ? roomy : roomy + MostFullAsked))
        {
            var reply = await ports.Others.SubmitAsync(other.Node, request with { HandedOver = true }).ConfigureAwait(false);
            if (reply.Ending?.Failure is not JobRejected { Pool: NodeActor.NodePool })
                return reply;
        }

        return null;
    }

    /// <summary>The verdict for jobs that this node kills when it shuts down. The caller's handler continues.</summary>
    private JobKilled ShuttingDown() => new(KillCause.Shutdown, $"The node {Id} shuts down");

    private CallReply Refuse(Reject reject) => new(CallState.Ended, Id, null, JobEnding.Of(reject.ToFailure()));

    private Reject TakesNoMore() => new(NodeActor.NodePool, RejectReason.NoWorkersAvailable, 1, capacity.Jobs, accepts ? capacity.MaxJobs : 0);

    /// <summary>Why a request is refused on arrival: its caller may have other limits, or none.</summary>
    private Reject? WhyTooLarge(JobRequest request)
    {
        var (size, most) = (Math.Max(request.Function.Length, request.TextBytes), node.Options.MaxPayloadBytes);
        return size > most ? new Reject(NodeActor.NodePool, RejectReason.PayloadTooLarge, size, 0, most) : null;
    }

    /// <summary>Why a job can never run on this node, even if nothing else runs.</summary>
    private Reject? InfeasibleHere(JobRequest request)
    {
        var needed = NodeCapacity.NeededFor(request);
        return needed > capacity.MaxBytes ? new Reject(NodeActor.NodePool, RejectReason.InsufficientMemory, needed, capacity.Bytes, capacity.MaxBytes) : null;
    }

    /// <summary>
    /// Why a job can never run on any live node, with the numbers of the largest; <see langword="null"/> if there is a node on which it
    /// can.
    /// </summary>
    private Reject? WhyNowhere(JobRequest request)
    {
        if (InfeasibleHere(request) is not { } here)
            return null;
        var largest = request.HandedOver ? default : ports.Others.Living.DefaultIfEmpty().MaxBy(static load => load.MaxBytes);
        if (largest.MaxBytes >= here.Requested)
            return null;
        return largest.MaxBytes > here.Limit ? here with { Used = largest.MaxBytes - largest.FreeBytes, Limit = largest.MaxBytes } : here;
    }

    private async Task<CallReply> DeliverAsync(Call call, Task<CallReply> answer)
    {
        var reply = await answer.ConfigureAwait(false);
        if (reply is { State: CallState.Ended, Rest: 0 } or { State: CallState.Unknown } || reply.Node != Id) // if the call is elsewhere, this node has nothing more to report
            calls.Delivered(call);
        return reply;
    }

    private Task WaitUntilIdleAsync(TimeSpan patience, CancellationToken cancellationToken)
        => WaitUntilAsync(() => !calls.All.Any(call => !call.HasEnded || call.IsAwaited) && Unacknowledged() == 0, patience, cancellationToken);

    private async Task WaitUntilAsync(Func<bool> condition, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ending.CancelAfter(patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), ports.Time);
        try
        {
            while (!condition())
                await timer.WaitForNextTickAsync(ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Time is up.
        }
    }

    private int Unacknowledged()
    {
        using (turns.Enter())
            return actor.Unacknowledged;
    }

    [LoggerMessage(1203, LogLevel.Warning, "{What}")]
    private partial void LogPools(string what, Exception? exception);

    [LoggerMessage(1202, LogLevel.Warning, "{Count} jobs had not ended after the grace period of {Grace} and are killed")]
    private partial void LogKillsRest(int count, TimeSpan grace);
}
