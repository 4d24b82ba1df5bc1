using System.Runtime.CompilerServices;
using Handler.Pools;

namespace Handler.Embedded;

/// <summary>
/// The pools of one process with a single node, without a cluster. They are the same actors as on a cluster, but call each other directly.
/// Safe for any number of threads. One lock serves all pools, so a job takes one short turn however long its chain is.
/// </summary>
internal sealed class InProcessPools : IPoolDirectory, INodePeers
{
    /// <summary>The maximum number of ended leases that are left to the next turn.</summary>
    private const int MaxDeferred = 64;

    private readonly TurnContext _turns = new();
    private readonly DeferredReleases _ends = new();
    private readonly MemoryPoolStore _store = new();
    private readonly Dictionary<string, DirectPoolPeer> _pools = new(StringComparer.Ordinal);
    private readonly HashSet<DirectPoolPeer> _removed = [];
    private readonly NodeActor _node;
    private readonly PoolPorts _ports;
    private int _waiting;

    /// <param name="jobs">Kills jobs. Called within a turn: it must not block, and must not call back synchronously.</param>
    /// <param name="selectors">The registered selectors by name.</param>
    /// <param name="time">Measures waiting times.</param>
    /// <param name="warn">Receives warnings for the operator. Called outside of all turns.</param>
    /// <param name="closing">Cancelled when no more jobs are accepted. All requests then stop waiting.</param>
    public InProcessPools(
        INodeJobs jobs, IReadOnlyDictionary<string, IPoolSelector>? selectors = null, TimeProvider? time = null, Action<string, Exception?>? warn = null, CancellationToken closing = default)
    {
        time ??= TimeProvider.System;
        selectors ??= new Dictionary<string, IPoolSelector>();
        void Warning(string what, Exception? exception) => _turns.Afterwards(() => warn?.Invoke(what, exception));

        _node = new NodeActor(new NodeId("local"), 1, new NodePorts { Pools = this, Store = _store, Jobs = jobs, Time = time, Warn = Warning, Closing = closing });
        _ports = new PoolPorts
        {
            Pools = this,
            Nodes = this,
            Store = _store,
            Time = time,
            Selectors = selectors,
            Select = SelectorQueue.ForEach(selectors.Values, time),
            Warn = Warning,
        };
    }

    /// <summary>Adds a pool. Returns <see langword="false"/> if one of that name exists.</summary>
    public bool Add(string pool, PoolConfiguration configuration)
    {
        using var turn = Enter();
        if (!_store.Add(pool, configuration))
            return false;
        LeaveEmpty();
        if (!_pools.TryGetValue(pool, out var peer))
            _pools.Add(pool, peer = new DirectPoolPeer(pool));
        var actor = peer.Actor = new PoolActor(pool, _ports);
        return actor.RecoverAsync().IsCompletedSuccessfully ? true : throw new InvalidOperationException("The recovery of an in-process pool must complete synchronously.");
    }

    /// <summary>Changes a pool. Returns <see langword="false"/> if none has that name.</summary>
    public bool Change(string pool, PoolConfiguration configuration)
    {
        using var turn = Enter();
        if (FindPresent(pool) is not { } actor)
            return false;
        if (!actor.ChangeAsync(configuration).IsCompletedSuccessfully)
            throw new InvalidOperationException("The change of an in-process pool must complete synchronously.");
        DismissHopeless();
        return true;
    }

    /// <summary>
    /// Removes a pool. It admits nothing more; its running jobs continue. Returns <see langword="false"/> if none has that name.
    /// </summary>
    public bool Remove(string pool)
    {
        using var turn = Enter();
        if (!_store.Remove(pool))
            return false;
        var peer = _pools[pool];
        peer.Actor!.Remove();
        _removed.Add(peer);
        LeaveEmpty();
        DismissHopeless();
        return true;
    }

    /// <inheritdoc cref="NodeActor.AdmitAsync"/>
    public ValueTask<Admission> AdmitAsync(in AdmissionRequest request, CancellationToken cancellationToken = default)
        => Admit(request, _ports.Time.GetTimestamp(), cancellationToken, out var otherwise) is { } lease ? ValueTask.FromResult(new Admission(lease, null!)) : otherwise;

    /// <inheritdoc cref="NodeActor.Admit"/>
    [MethodImpl(MethodImplOptions.NoInlining)] // a separate stack frame, so that the caller need not zero these locals
    public Lease? Admit(in AdmissionRequest request, long now, CancellationToken cancellationToken, out ValueTask<Admission> otherwise)
    {
        using (Enter())
        {
            if (_node.Admit(request, now, cancellationToken, out otherwise) is { } lease)
                return lease;
            if (otherwise.IsCompleted)
                return null;

            // From here on ended leases are entered immediately. Those that ended before are entered now, before another turn continues
            // with the request.
            Interlocked.Increment(ref _waiting);
            ApplyDeferredReleases();
            var answer = new TaskCompletionSource<Admission>();
            _ = AnswerOutsideAsync(otherwise, answer);
            otherwise = new ValueTask<Admission>(answer.Task);
        }

        return null;
    }

    /// <summary>
    /// Records that the job has ended. For every later request the lease counts as released in the whole chain. The entries in the books
    /// are left to the next turn, unless a request waits for room: the thread on which a job ends rarely runs on the processor whose cache
    /// has the books.
    /// </summary>
    public void End(Lease lease, LeaseEnding ending)
    {
        // A request that starts to wait increments the counter before it reads the ended leases. So at least one of the two threads sees
        // the other.
        if (_ends.Add(lease, ending) > MaxDeferred || _waiting > 0)
            Enter().Dispose();
    }

    /// <summary>Kills jobs of a pool, also of a removed pool whose jobs still run. Returns how many it killed.</summary>
    public int Kill(string pool, KillTarget target, string reason)
    {
        using var turn = Enter();
        if (!_pools.TryGetValue(pool, out var peer) || peer.Actor is not { } actor)
            return 0;
        var reply = actor.KillAsync(Guid.NewGuid(), target, reason);
        return reply.IsCompletedSuccessfully ? reply.Result.Killed : throw new InvalidOperationException("The kill in an in-process pool must complete synchronously.");
    }

    /// <summary>The lease of a running job. Call only within a turn, for example when <see cref="INodeJobs.Kill"/> is called.</summary>
    public Lease? FindLease(JobId job) => _node.Registry.Find(job);

    public PoolSnapshot? GetSnapshot(string pool)
    {
        using var turn = Enter();
        return FindPresent(pool)?.GetSnapshot();
    }

    IPoolPeer? IPoolDirectory.Find(string pool) => _pools.GetValueOrDefault(pool);

    PoolActor? IPoolDirectory.FindLocal(string pool) => _pools.GetValueOrDefault(pool)?.Actor;

    ValueTask<IReadOnlyCollection<NodeId>> INodePeers.GetLiveNodesAsync() => ValueTask.FromResult<IReadOnlyCollection<NodeId>>([_node.Id]);

    ValueTask<InventoryReply> INodePeers.InventoryAsync(NodeId node, InventoryRequest request) => ValueTask.FromResult(_node.Inventory(request));

    ValueTask<ReconcileReply> INodePeers.ReconcileAsync(NodeId node, ReconcileRequest request) => ValueTask.FromResult(_node.Reconcile(request));

    ValueTask<int> INodePeers.KillAsync(NodeId node, KillRequest request) => ValueTask.FromResult(_node.Kill(request));

    private PoolActor? FindPresent(string pool) => _pools.TryGetValue(pool, out var peer) && peer.Actor is { IsReady: true } actor ? actor : null;

    /// <summary>Rejects waiting jobs that became infeasible because a pool above theirs has changed.</summary>
    private void DismissHopeless()
    {
        if (_waiting == 0)
            return;
        foreach (var peer in _pools.Values)
        {
            if (peer.Actor is { Queue.Count: > 0 } actor)
                _ = actor.RejectInfeasibleAsync();
        }
    }

    /// <summary>Drops removed pools in which nothing runs any longer. A process may remove many pools in its lifetime.</summary>
    private void LeaveEmpty() => _removed.RemoveWhere(static peer =>
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
        var turn = _turns.Enter();
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
        for (var lease = _ends.TakeAll(); lease is not null;)
        {
            var next = lease.NextDeferred;
            lease.NextDeferred = null;
            _ = _node.EndAsync(lease, lease.Ending);
            lease = next;
        }
    }

    /// <summary>
    /// An actor's task completes within a turn, and would run its caller's continuation there, under the lock. So this method completes
    /// another task after the turn, on the same thread. It does not use the thread pool, whose threads may all be blocked waiting for
    /// outcomes.
    /// </summary>
    private async Task AnswerOutsideAsync(ValueTask<Admission> admission, TaskCompletionSource<Admission> answer)
    {
        Action tell;
        try
        {
            var given = await admission;
            tell = () => answer.SetResult(given);
        }
        catch (OperationCanceledException canceled)
        {
            tell = () => answer.SetCanceled(canceled.CancellationToken);
        }
        catch (Exception exception)
        {
            tell = () => answer.SetException(exception);
        }

        Interlocked.Decrement(ref _waiting);
        _turns.Afterwards(tell);
    }
}
