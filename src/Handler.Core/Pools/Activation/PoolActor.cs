using Handler.FairShare;

namespace Handler.Pools;

/// <summary>
/// One activation of a pool, as it appears to nodes, child pools and its host. What it decides is in <see cref="PoolState"/>; this class
/// and those beside it send the messages and wait for the replies. See docs/pools-protocol.md for the rules and their reasons.
/// <para>
/// It has no threads, locks or timers of its own. Its host calls it one turn at a time, from the call to the next await, within a
/// <see cref="SynchronizationContext"/> or <see cref="TaskScheduler"/> that runs the continuations as turns too. Calls complete
/// synchronously if nothing has to be waited for.
/// </para>
/// </summary>
internal sealed class PoolActor : ILocalActor
{
    private readonly PoolState state;
    private readonly PoolParents parents;
    private readonly PoolReleases releases;
    private readonly PoolLifecycle lifecycle;
    private readonly PendingAcquires pending;
    private readonly ParentRequests asking;
    private readonly WaitingRoom waiting;
    private readonly ReleaseOutbox outbox;
    private readonly StoredRecord record;
    private readonly PoolRecovery recovery;
    private readonly PoolReconciliation reconciliation;
    private readonly PoolKills kills;
    private readonly PoolPorts ports;

    /// <param name="name">The pool's name.</param>
    /// <param name="ports">What the pool needs from its surroundings.</param>
    /// <param name="leaving">Cancelled in the turn in which the activation leaves; it then stops waiting for its parents.</param>
    public PoolActor(string name, PoolPorts ports, CancellationToken leaving = default)
    {
        this.ports = ports;
        state = new PoolState(name);
        lifecycle = new PoolLifecycle(state, ports.Time);
        pending = new PendingAcquires(state, ports.Time);
        var background = ports.BackgroundOf(name);
        var links = new PoolLinks(ports.Pools, ports.Timings, ports.Time, background);
        parents = new PoolParents(state, links, ports);
        outbox = new ReleaseOutbox(links, ports.Timings, ports.Time, ports.Log);
        releases = new PoolReleases(state, pending, outbox, background, ports.Time);
        var selection = new ParentSelection(state, background, ports);
        asking = new ParentRequests(state, lifecycle, pending, parents, selection, releases, ports, HoldThenAskAsync, leaving);
        waiting = new WaitingRoom(state, lifecycle, parents, releases, background, ports);
        record = new StoredRecord(state, lifecycle, asking, releases, waiting, background, ports);
        var nodes = new PoolNodes(name, ports);
        recovery = new PoolRecovery(state, lifecycle, record.RaiseEpochAsync, nodes, ports);
        reconciliation = new PoolReconciliation(state, lifecycle, releases, nodes, ports.Time);
        kills = new PoolKills(state, nodes, ports);
    }

    public string Name => state.Name;

    /// <inheritdoc cref="PoolState.Epoch"/>
    public long Epoch => state.Epoch;

    /// <summary>Whether it has recovered and admits jobs.</summary>
    public bool IsReady => state.IsReady;

    /// <summary>Whether the pool does not exist, or no longer exists.</summary>
    public bool IsRemoved => state.IsRemoved;

    /// <summary>Whether a newer activation exists. The host should drop this one once <see cref="Unsettled"/> is zero.</summary>
    public bool IsSuperseded => state.Phase == PoolPhase.Superseded;

    /// <summary>Pending requests, and releases to parents that are not acknowledged yet.</summary>
    public int Unsettled => pending.Count + outbox.Unacknowledged;

    /// <summary>Whether no job counts in the pool and nothing is pending.</summary>
    public bool IsEmpty => state.Ledger.UsedWorkers + Unsettled == 0;

    /// <summary>The jobs that wait for room.</summary>
    public IReadOnlyWaitQueue Queue => state.Queue;

    /// <summary>The current configuration.</summary>
    public PoolConfiguration Configuration => state.Configuration;

    /// <inheritdoc/>
    /// <remarks>Nothing can happen between looking and taking, so there is nothing to hold, ask or roll back.</remarks>
    public PoolChain? TryAdmit(in ShareRequest share)
    {
        if (!state.HasRoomNow(share.From, share.Bytes))
            return null;
        if (!state.Delegates)
            return state.Admit(share, null);
        if (!Route.CanContinue(share.Route) || parents.Fixed?.LocalActor is not { } parent)
            return null;

        // If the ancestors take their shares, none of them is this pool: in a circle the route would become too long.
        var above = parent.TryAdmit(
            share with { Route = Route.Through(share.Route, state.Epoch, 0), From = state.PathOf(share.From) });
        return above is null ? null : state.Admit(share, above);
    }

    /// <inheritdoc/>
    public bool TryRelease(JobId job, PoolChain chain, LeaseOutcome outcome)
    {
        if (!state.IsReady || chain.Epoch != state.Epoch || outcome == LeaseOutcome.Withdrawn)
            return false;
        if (outcome.HasTurnLeft && chain.Above is not null && state.HasWaiting)
            return false; // the next job must ask the parent before the parent gives the room away
        if (chain.Above is { } above && !TryReleaseAbove(job, above, outcome))
            return false;
        if (state.TryRelease(job, chain.Route, outcome, out var freed) && state.HasWaiting)
            releases.GiveRoom(freed);
        return true;
    }

    /// <summary>Asks for a share in this pool and in a chain of its parents.</summary>
    /// <exception cref="PoolSupersededException">Ask again; nothing is held.</exception>
    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
    {
        if (state.Phase != PoolPhase.Recovering)
            lifecycle.See(request.Seen);
        if (!state.IsReady || state.HasWaiting || state.WasWithdrawn(request))
            return AcquireLaterAsync(request);

        var result = state.TryHold(request, ports.Time.GetTimestamp(), committed: !state.Delegates);
        if (result == HoldResult.Held)
        {
            return state.Delegates
                ? asking.AskAsync(request)
                : ValueTask.FromResult(AcquireReply.Yes(state.Admitted(request.Route, null)));
        }

        if (result == HoldResult.Present)
            return ReplyAgainAsync(request);
        var reject = state.RejectFor(result, request);
        return request.Wait > TimeSpan.Zero && reject.MayPass()
            ? AcquireLaterAsync(request)
            : ValueTask.FromResult(state.Deny(request, reject));
    }

    /// <summary>Several requests in one message; none of them waits for room.</summary>
    public async ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
    {
        var calls = Array.ConvertAll(requests, request => TryAcquireAsync(request with { Wait = TimeSpan.Zero }));
        var replies = new AcquireReply[requests.Length];
        PoolSupersededException? superseded = null;
        for (var i = 0; i < replies.Length; i++)
        {
            try
            {
                replies[i] = await calls[i];
            }
            catch (PoolSupersededException exception)
            {
                superseded = exception;
            }
        }

        if (superseded is null)
            return replies;

        // No requester will learn that it was admitted, so what the parents granted is released.
        for (var i = 0; i < replies.Length; i++)
            releases.ReleaseAbove(replies[i].Chain?.Above, requests[i].Job);
        throw superseded;
    }

    /// <summary>Releases a share, or withdraws a request. May be repeated any number of times.</summary>
    /// <exception cref="PoolSupersededException">Ask again.</exception>
    public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
    {
        // Until the ledger is rebuilt, an inventory may still bring the job. If the release were acknowledged now, the share would stay
        // forever.
        return state.Phase == PoolPhase.Recovering ? ReleaseOnceRecoveredAsync(request) : ValueTask.FromResult(Release(request));
    }

    public async ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
    {
        await UntilRecoveredAsync();
        return Array.ConvertAll(requests, request => Release(request));
    }

    /// <inheritdoc cref="IPoolPeer.CheckFeasibilityAsync"/>
    public async ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
    {
        await UntilRecoveredAsync();
        if (state.IsRemoved)
            return Rejects.NoSuchPool(Name);
        return state.CheckFeasibility(from, bytes) ?? await parents.CheckFeasibilityAsync(from, bytes, depth);
    }

    /// <inheritdoc cref="WaitingRoom.RejectInfeasibleAsync"/>
    public Task RejectInfeasibleAsync() => waiting.RejectInfeasibleAsync();

    /// <summary>Kills admitted jobs that count in this pool.</summary>
    /// <param name="kill">Identifies this call; a repeated call gets the same reply.</param>
    /// <param name="target">Which jobs to kill.</param>
    /// <param name="reason">The reason that their callers get.</param>
    public async ValueTask<KillReply> KillAsync(Guid kill, KillTarget target, string reason)
    {
        await UntilRecoveredAsync();
        return await kills.KillAsync(kill, target, reason);
    }

    /// <summary>The pool's state at this moment.</summary>
    public PoolSnapshot GetSnapshot()
    {
        var now = ports.Time.GetTimestamp();
        var ledger = state.Ledger;
        return new PoolSnapshot
        {
            Pool = Name,
            Epoch = Epoch,
            MaxWorkers = ledger.Limits.MaxWorkers,
            MaxMemoryBytes = ledger.Limits.MaxMemoryBytes,
            UsedWorkers = ledger.UsedWorkers,
            UsedBytes = ledger.UsedBytes,
            HeldWorkers = ledger.HeldWorkers,
            HeldBytes = ledger.HeldBytes,
            ReservedWorkers = (int)state.Configuration.Reserved.Workers,
            ReservedMemoryBytes = state.Configuration.Reserved.Bytes,
            KeptWorkers = (int)(ledger.Kept?.Kept.Workers ?? 0),
            KeptBytes = ledger.Kept?.Kept.Bytes ?? 0,
            Waiting = Queue.Count,
            Totals = state.Totals,
            Running = [.. ledger.All().Where(share => share.Committed).Select(share => RunningJobOf(share.Request, now))],
        };
    }

    /// <summary>
    /// Makes this the pool's activation: raises the epoch in storage, then asks every live node what it runs for the pool. It admits
    /// nothing until the last one has replied or is dead, because until then the used shares are unknown. Requests wait meanwhile.
    /// </summary>
    public Task RecoverAsync() => recovery.RecoverAsync();

    /// <summary>Waits until the activation can reply.</summary>
    /// <exception cref="PoolSupersededException">Another activation has taken over; ask that one.</exception>
    public ValueTask UntilRecoveredAsync() => lifecycle.UntilRecoveredAsync();

    /// <summary>
    /// Checks whether the pool still belongs to this activation. Then asks the nodes whether they know the jobs that count or wait in this
    /// pool, and releases the leases of unknown jobs and of dead nodes. Then asks its parent whether the jobs that wait here could ever be
    /// admitted there. The host calls this every <see cref="PoolTimings.ReconcileInterval"/>; each call asks a node about at most 1 000
    /// jobs.
    /// </summary>
    public async Task ReconcileAsync()
    {
        if (state.IsReady)
            await record.CheckAsync();
        if (state.IsReady && await reconciliation.ReconcileAsync())
            await waiting.RejectInfeasibleAsync();
    }

    /// <summary>The membership has declared a node dead: its leases are released now instead of at the next reconciliation.</summary>
    public void NodeDied(NodeId node)
    {
        recovery.NodeDied(node);
        releases.WithdrawAll(request => request.Request.Node == node);
        foreach (var share in state.Ledger.Of(node))
            releases.Drop(share.Request);
    }

    /// <summary>
    /// Changes limits or parents permanently, unless a later change was made already. Running jobs continue; waiting jobs are checked
    /// again.
    /// </summary>
    /// <exception cref="PoolSupersededException">Another activation has taken over; ask that one.</exception>
    /// <exception cref="Exception">The store failed; the change may or may not take effect with the next reconciliation or
    /// activation.</exception>
    public async Task ChangeAsync(PoolConfiguration configuration)
    {
        await UntilRecoveredAsync();
        await record.ChangeAsync(configuration);
    }

    /// <summary>
    /// The pool was removed: it admits nothing more, including what it has asked its parents for. Running jobs may end normally.
    /// </summary>
    public void Remove() => record.Remove();

    /// <summary>
    /// Another activation will take over. From now on this one admits nothing and refuses all pending requests, so that their nodes ask
    /// again and find the next activation. It still accepts releases: jobs end while the pool moves, and their callers wait for that. The
    /// host soon drops this activation, when <see cref="Unsettled"/> is zero.
    /// </summary>
    public void Leave()
    {
        if (state.IsReady)
            RefuseAll(PoolPhase.Leaving);
        else if (state.Phase == PoolPhase.Recovering)
            RefuseAll(PoolPhase.Superseded); // it has no books yet, so it cannot tell which shares are released
    }

    /// <summary>
    /// The host drops this activation: it no longer admits or repeats anything, and waiting requests are refused so that they go to the
    /// next one.
    /// </summary>
    public void Close()
    {
        RefuseAll(PoolPhase.Superseded);
        outbox.Close();
    }

    private void RefuseAll(PoolPhase phase)
    {
        releases.WithdrawAll(static _ => true);
        lifecycle.Advance(phase);
    }

    private bool TryReleaseAbove(JobId job, PoolChain above, LeaseOutcome outcome)
        => parents.Fixed is { } link && link.Pool == above.Pool && link.LocalActor is { } parent && parent.TryRelease(job, above, outcome);

    private async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request) => await AcquireAsync(request);

    /// <summary>A request that cannot be decided in the turn in which it arrived.</summary>
    private ValueTask<AcquireReply> AcquireLaterAsync(in AcquireRequest request)
    {
        lifecycle.ThrowIfGoing();
        if (state.IsRemoved)
            return ValueTask.FromResult(state.Deny(request, Rejects.NoSuchPool(Name)));
        if (state.WasWithdrawn(request))
            return ValueTask.FromResult(AcquireReply.No(Rejects.Timeout(Name, request.Budget)));
        if (pending.Contains(request.Job))
            return ReplyAgainAsync(request);

        var acquire = pending.Add(request);
        return new ValueTask<AcquireReply>(acquire.Reply = WaitThenAskAsync(acquire));
    }

    private async Task<AcquireReply> WaitThenAskAsync(PendingAcquire acquire)
    {
        var request = acquire.Request;
        try
        {
            await lifecycle.WaitForRecoveryAsync(request.Budget);
            lifecycle.ThrowIfGoing();
            if (state.IsRemoved)
                return pending.Deny(acquire, Rejects.NoSuchPool(Name));
            if (!state.IsReady || acquire.Withdrawn)
                return pending.Deny(acquire, Rejects.Timeout(Name, request.Budget));

            return await HoldThenAskAsync(acquire);
        }
        finally
        {
            pending.Remove(acquire);
        }
    }

    /// <summary>Gets the share of a request, waits for it if it may, and asks the parents.</summary>
    private async ValueTask<AcquireReply> HoldThenAskAsync(PendingAcquire acquire)
    {
        var result = state.TryHold(acquire.Request, ports.Time.GetTimestamp(), isNew: acquire.Moves == 0);
        if (result == HoldResult.Present)
        {
            pending.Remove(acquire);
            return await ReplyAgainAsync(acquire.Request);
        }

        if (result != HoldResult.Held && await waiting.WaitAsync(acquire, result) is { } reject)
            return pending.Deny(acquire, reject);
        return await asking.AskAsync(acquire);
    }

    /// <summary>A job holds at most one share in a pool: a repeated request gets the same reply, another request is rejected.</summary>
    private ValueTask<AcquireReply> ReplyAgainAsync(in AcquireRequest request)
    {
        if (pending.TryGet(request.Job, request.Route, out var same))
            return new ValueTask<AcquireReply>(same.Reply);
        if (!state.Ledger.TryGet(request.Job, out var share))
            return ValueTask.FromResult(state.Deny(request, Rejects.Timeout(Name, request.Budget)));
        if (share.Committed && share.Request.Route == request.Route)
            return ValueTask.FromResult(AcquireReply.Yes(state.ChainOf(request.Route, share.Above)));

        // The route is longer than that of the share for which this pool is asking its parents: a circle, unless an earlier request is
        // still being withdrawn.
        if (share.Committed || Route.Depth(request.Route) <= Route.Depth(share.Request.Route))
            return ValueTask.FromResult(state.Deny(request, Rejects.Timeout(Name, request.Budget)));
        PoolLog.ChainIsCircular(ports.Log, Name);
        return ValueTask.FromResult(state.Deny(request, Rejects.NoSuchPool(Name)));
    }

    private async ValueTask<ReleaseReply> ReleaseOnceRecoveredAsync(ReleaseRequest request)
    {
        await UntilRecoveredAsync();
        return Release(request);
    }

    private ReleaseReply Release(in ReleaseRequest request)
    {
        lifecycle.See(request.Seen);
        lifecycle.ThrowIfSuperseded();
        releases.Release(request);
        return new ReleaseReply(state.Epoch);
    }

    private RunningJob RunningJobOf(in ShareRequest share, long now)
        => new(share.Job, share.Name, share.Node.Value, share.Bytes, ports.Time.GetElapsedTime(share.Since, now));
}
