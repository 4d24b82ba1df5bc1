using System.Runtime.CompilerServices;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Embedded;

/// <summary>
/// The pools of one process with a single node, without a cluster. They are the same actors as on a cluster, but call each other directly.
/// Safe for any number of threads. One lock serves all pools, so a job takes one short turn however long its chain is.
/// </summary>
internal sealed class InProcessPools : IPoolDirectory, INodePeers, INodeJobs
{
    private readonly TurnContext turns = new();
    private readonly DeferredReleases ends = new();
    private readonly MemoryPoolStore store = new();
    private readonly Dictionary<string, DirectPoolPeer> pools = new(StringComparer.Ordinal);
    private readonly HashSet<DirectPoolPeer> removed = [];
    private readonly BackgroundWork background;
    private readonly NodeActor nodeActor;
    private readonly PoolPorts ports;
    private int waiting;
    private List<ILeaseStage> killed = []; // by the kill whose turn it is

    /// <param name="selectors">The registered selectors by name.</param>
    /// <param name="time">Measures waiting times.</param>
    /// <param name="logger">Receives warnings for the operator. Called outside of all turns.</param>
    /// <param name="closing">Cancelled when no more jobs are accepted. All requests then stop waiting.</param>
    public InProcessPools(
        IReadOnlyDictionary<string, IPoolSelector>? selectors = null,
        TimeProvider? time = null,
        ILogger? logger = null,
        CancellationToken closing = default)
    {
        time ??= TimeProvider.System;
        selectors ??= new Dictionary<string, IPoolSelector>();
        var log = new TurnLogger(logger ?? NullLogger.Instance, turns);
        background = new BackgroundWork((work, exception) => PoolLog.WorkOfPoolsFailed(log, work, exception), inTurns: true);
        var nodePorts = new NodePorts { Pools = this, Store = store, Jobs = this, Time = time, Log = log, Closing = closing };
        nodeActor = new NodeActor(new NodeId("local"), 1, nodePorts);
        ports = new PoolPorts
        {
            Pools = this,
            Nodes = this,
            Store = store,
            Time = time,
            Selectors = selectors,
            Select = SelectorQueue.ForEach(selectors.Values, time),
            Log = log,
        };
    }

    /// <summary>Adds a pool. Returns <see langword="false"/> if one of that name exists.</summary>
    public bool Add(string pool, PoolConfiguration configuration)
    {
        using var turn = Enter();
        if (!store.Add(pool, configuration))
            return false;
        DropEmpty();
        if (!pools.TryGetValue(pool, out var peer))
            pools.Add(pool, peer = new DirectPoolPeer(pool));
        peer.Actor = new PoolActor(pool, ports);
        MustHaveCompleted(peer.Actor.RecoverAsync());
        return true;
    }

    /// <summary>Changes a pool. Returns <see langword="false"/> if none has that name.</summary>
    public bool Change(string pool, PoolConfiguration configuration)
    {
        using var turn = Enter();
        if (FindPresent(pool) is not { } actor)
            return false;
        MustHaveCompleted(actor.ChangeAsync(configuration));
        RejectInfeasible();
        return true;
    }

    /// <summary>
    /// Removes a pool. It admits nothing more; its running jobs continue. Returns <see langword="false"/> if none has that name.
    /// </summary>
    public bool Remove(string pool)
    {
        using var turn = Enter();
        if (!store.Remove(pool))
            return false;
        var peer = pools[pool];
        peer.Actor!.Remove();
        removed.Add(peer);
        DropEmpty();
        RejectInfeasible();
        return true;
    }

    /// <inheritdoc cref="NodeActor.Admit"/>
    [MethodImpl(MethodImplOptions.NoInlining)] // a separate stack frame, so that the caller need not zero these locals
    public Lease? Admit(in AdmissionRequest request, long now, CancellationToken cancellationToken, out ValueTask<Admission> otherwise)
    {
        using (Enter())
        {
            if (nodeActor.Admit(request, now, cancellationToken, out otherwise) is { } lease)
                return lease;
            if (otherwise.IsCompleted)
                return null;

            // From here on ended leases are entered immediately. Those that ended before are entered now, before another turn continues
            // with the request.
            Interlocked.Increment(ref waiting);
            ApplyDeferredReleases();
            var outside = new TaskCompletionSource<Admission>();
            background.Run("an admission", CompleteOutsideAsync(otherwise, outside), exception => outside.TrySetException(exception));
            otherwise = new ValueTask<Admission>(outside.Task);
        }

        return null;
    }

    /// <summary>
    /// Records that the job has ended. For every later request the lease counts as released in the whole chain. The entries in the books
    /// are left to the next turn, unless a request waits for room: the thread on which a job ends rarely runs on the processor whose cache
    /// has the books.
    /// </summary>
    public void End(Lease lease, LeaseOutcome outcome)
    {
        // A request that starts to wait increments the counter before it reads the ended leases. So at least one of the two threads sees
        // the other.
        if (ends.Add(lease, outcome) > Tuning.Pools.MaxDeferredReleases || waiting > 0)
            Enter().Dispose();
    }

    /// <summary>Marks jobs of a pool as killed, also of a removed pool whose jobs still run. The caller kills their runners.</summary>
    public KilledJobs Kill(string pool, KillTarget target, string reason)
    {
        using var turn = Enter();
        if (!pools.TryGetValue(pool, out var peer) || peer.Actor is not { } actor)
            return new KilledJobs(0, []);
        killed = [];
        var reply = actor.KillAsync(Guid.NewGuid(), target, reason).AsTask();
        MustHaveCompleted(reply);
        return new KilledJobs(reply.Result.Killed, killed);
    }

    /// <summary>The lease of a running job. Call only within a turn or while nothing else runs.</summary>
    public Lease? FindLease(JobId job) => nodeActor.Registry.Find(job);

    public PoolSnapshot? GetSnapshot(string pool)
    {
        using var turn = Enter();
        return FindPresent(pool)?.GetSnapshot();
    }

    IPoolPeer? IPoolDirectory.Find(string pool) => pools.GetValueOrDefault(pool);

    ILocalActor? IPoolDirectory.FindLocal(string pool) => pools.GetValueOrDefault(pool)?.Actor;

    ValueTask<IReadOnlyCollection<NodeId>> INodePeers.GetLiveNodesAsync()
        => ValueTask.FromResult<IReadOnlyCollection<NodeId>>([nodeActor.Id]);

    ValueTask<InventoryReply> INodePeers.InventoryAsync(NodeId node, InventoryRequest request)
        => ValueTask.FromResult(nodeActor.Inventory(request));

    ValueTask<ReconcileReply> INodePeers.ReconcileAsync(NodeId node, ReconcileRequest request)
        => ValueTask.FromResult(nodeActor.Reconcile(request));

    ValueTask<int> INodePeers.KillAsync(NodeId node, KillRequest request) => ValueTask.FromResult(nodeActor.Kill(request));

    void INodeJobs.Kill(JobId job, string reason)
    {
        if (FindLease(job)?.Kill(reason) is { } runner)
            killed.Add(runner);
    }

    /// <summary>Throws the exception of a failed call. All actors are in this process, so a call has completed when it returns.</summary>
    private static void MustHaveCompleted(Task call)
    {
        if (!call.IsCompleted)
            throw new InvalidOperationException("A call of an in-process pool must complete synchronously.");
        call.GetAwaiter().GetResult();
    }

    private PoolActor? FindPresent(string pool)
        => pools.TryGetValue(pool, out var peer) && peer.Actor is { IsReady: true } actor ? actor : null;

    /// <summary>Rejects waiting jobs that became infeasible because a pool above theirs has changed.</summary>
    private void RejectInfeasible()
    {
        if (waiting == 0)
            return;
        foreach (var peer in pools.Values)
        {
            if (peer.Actor is { Queue.Count: > 0 } actor)
                background.Run("the check of waiting jobs", actor.RejectInfeasibleAsync());
        }
    }

    /// <summary>Drops removed pools in which nothing runs any longer. A process may remove many pools in its lifetime.</summary>
    private void DropEmpty() => removed.RemoveWhere(static peer =>
    {
        if (peer.Actor is { IsRemoved: true } actor && !actor.IsEmpty)
            return false;
        if (peer.Actor is { IsRemoved: true })
            peer.Actor = null;
        return true;
    });

    /// <summary>Begins a turn. The releases of all leases that ended before it are entered in the books.</summary>
    private TurnContext.Turn Enter()
    {
        var turn = turns.Enter();
        try
        {
            ApplyDeferredReleases();
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    private void ApplyDeferredReleases()
    {
        List<Task>? open = null;
        for (var lease = ends.TakeAll(); lease is not null;)
        {
            var next = lease.NextDeferred;
            lease.NextDeferred = null;
            if (Release(lease) is { } releasing)
                (open ??= []).Add(releasing);
            lease = next;
        }

        // What this turn decides must see every lease released in the whole chain, also where the parents come last.
        while (open is not null && !open.TrueForAll(static releasing => releasing.IsCompleted) && turns.TryContinue())
        {
        }
    }

    /// <returns>The release, if it takes more than one step.</returns>
    private Task<bool>? Release(Lease lease)
    {
        var release = nodeActor.EndAsync(lease, lease.Outcome);
        if (release.IsCompletedSuccessfully)
            return null;
        var releasing = release.AsTask();
        background.Run("the release of a lease", releasing);
        return releasing;
    }

    /// <summary>
    /// An actor's task completes within a turn, and would run its caller's continuation there, under the lock. So this method completes
    /// another task after the turn, on the same thread. It does not use the thread pool, whose threads may all be blocked waiting for
    /// outcomes.
    /// </summary>
    private async Task CompleteOutsideAsync(ValueTask<Admission> admission, TaskCompletionSource<Admission> outside)
    {
        var admitting = admission.AsTask();
        await ((Task)admitting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Interlocked.Decrement(ref waiting);
        turns.Afterwards(() => outside.SetFromTask(admitting));
    }
}
