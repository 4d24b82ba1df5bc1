namespace Handler.Pools;

/// <content>How an activation starts, notices that it was replaced, and keeps its books correct.</content>
internal sealed partial class PoolActor
{
    private const int MaxJobsPerReconcile = 1_000;

    private readonly HashSet<NodeId> _diedMeanwhile = [];
    private string _tag = "";

    /// <summary>
    /// Makes this the pool's activation: raises the epoch in storage, then asks every live node what it runs for the pool. It admits
    /// nothing until the last one has replied or is dead, because until then the used shares are unknown. Requests wait meanwhile.
    /// </summary>
    public async Task RecoverAsync()
    {
        if (!await RaiseEpochAsync())
        {
            Finish(Phase.Removed);
            return;
        }

        var inventories = new Dictionary<NodeId, InventoryReply>();
        for (var delay = _ports.Timings.RetryDelay; _phase == Phase.Recovering; delay = _ports.Timings.Grow(delay))
        {
            if (await TryGetLiveNodesAsync() is { } live)
            {
                await Task.WhenAll(live.Where(node => !inventories.ContainsKey(node)).Select(node => AskForInventoryAsync(node, inventories)));
                if (inventories.Values.Any(reply => reply.Epoch > Epoch))
                {
                    BecomeSuperseded();
                    return;
                }

                if (live.All(inventories.ContainsKey))
                {
                    foreach (var node in live.Where(node => !_diedMeanwhile.Contains(node)))
                        Restore(node, inventories[node].Jobs);
                    Finish(Phase.Ready);
                    return;
                }
            }

            await Task.Delay(delay, _ports.Time);
        }
    }

    /// <summary>
    /// Checks whether the pool still belongs to this activation. Then asks the nodes whether they know the jobs that count or wait in this
    /// pool, and releases the leases of unknown jobs and of dead nodes. Then asks its parent whether the jobs that wait here could ever be
    /// admitted there. The host calls this every <see cref="PoolTimings.ReconcileInterval"/>; each call asks a node about at most 1 000
    /// jobs.
    /// </summary>
    public async Task ReconcileAsync()
    {
        if (_phase == Phase.Ready)
            await ReadRecordAsync();
        if (_phase != Phase.Ready)
            return;

        // The node of a younger lease may have joined after the list was made; it is missing in the list but not dead.
        var before = _ports.Time.GetTimestamp();
        if (await TryGetLiveNodesAsync() is not { } live)
            return;

        // Waiting jobs first: otherwise they would get what becomes free.
        foreach (var waiter in _waiting.Where(waiter => waiter.Since < before && !live.Contains(waiter.Request.Node)))
            Withdraw(waiter.Request.Job, waiter.Request.Route);
        var shares = _ledger.ByNode(before);
        foreach (var share in shares.Where(ofNode => !live.Contains(ofNode.Key)).SelectMany(ofNode => ofNode))
            Drop(share.Request);

        var waiting = _waiting.Where(static _ => true).ToLookup(waiter => waiter.Request.Node, waiter => new ShareId(waiter.Request.Job, waiter.Request.Route));
        await Task.WhenAll(shares.Select(ofNode => ofNode.Key).Union(waiting.Select(ofNode => ofNode.Key)).Where(live.Contains)
            .Select(node => ReconcileAsync(node, _ledger.TakeTurns(shares[node], MaxJobsPerReconcile), [.. waiting[node].Take(MaxJobsPerReconcile)])));
        await RejectInfeasibleAsync();
    }

    /// <summary>The membership has declared a node dead: its leases are released now instead of at the next reconciliation.</summary>
    public void NodeDied(NodeId node)
    {
        if (_phase == Phase.Recovering)
            _diedMeanwhile.Add(node);
        foreach (var pending in _pending.Values.Where(pending => pending.Request.Node == node).ToList())
            Withdraw(pending.Request.Job, pending.Request.Route);
        foreach (var share in _ledger.Of(node))
            Drop(share.Request);
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
        while (true)
        {
            if (_configuration.Version > configuration.Version)
                return; // its message, or its write, was delayed
            var known = _tag;
            if (await _ports.Store.WriteAsync(Name, new PoolRecord(configuration, Epoch), known) is { } tag)
            {
                // Another change that was stored after this one may have been applied before it.
                if (_tag == known)
                    Adopt(configuration, tag);
                return;
            }

            // Another write came first: another change here, one that seemed to have failed, or a newer activation.
            known = _tag;
            if (await _ports.Store.ReadAsync(Name) is not { } stored)
                throw new InvalidOperationException($"Pool {Name} was removed.");
            if (stored.Record.Epoch > Epoch)
            {
                BecomeSuperseded();
                throw new PoolSupersededException(Name, Epoch);
            }

            if (_tag == known)
                Adopt(stored.Record.Configuration, stored.Tag);
        }
    }

    private void Adopt(PoolConfiguration stored, string tag)
    {
        _tag = tag;
        var hasOtherParents = (stored.Parent, stored.Selector, stored.SelectorConfig) != (_configuration.Parent, _configuration.Selector, _configuration.SelectorConfig);
        Apply(stored);
        if (hasOtherParents)
            LeaveFormerParents();
        Dismiss(waiter => !_ledger.Limits.EverFits(waiter.Request.Bytes));
        GiveRoom();
        _ = RejectInfeasibleAsync();
    }

    /// <summary>
    /// The pool was removed: it admits nothing more, including what it has asked its parents for. Running jobs may end normally.
    /// </summary>
    public void Remove()
    {
        Finish(Phase.Removed);
        WithdrawAll();
    }

    /// <returns>Whether the pool exists.</returns>
    private async Task<bool> RaiseEpochAsync()
    {
        for (var delay = _ports.Timings.RetryDelay; _phase == Phase.Recovering; delay = _ports.Timings.Grow(delay))
        {
            try
            {
                if (await _ports.Store.ReadAsync(Name).AsTask().WaitAsync(_ports.Timings.CallTimeout, _ports.Time) is not { } stored)
                    return false;
                var record = stored.Record with { Epoch = stored.Record.Epoch + 1 };
                if (await _ports.Store.WriteAsync(Name, record, stored.Tag).AsTask().WaitAsync(_ports.Timings.CallTimeout, _ports.Time) is { } tag)
                {
                    Epoch = record.Epoch;
                    _tag = tag;
                    Apply(record.Configuration);
                    return true;
                }
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The write may have succeeded: then the next one conflicts with it or raises the epoch once more. Both are fine.
                _ports.Warn($"Pool {Name}: its record cannot be read or written; trying again.", e);
            }

            await Task.Delay(delay, _ports.Time);
        }

        return true; // this activation has stopped meanwhile
    }

    private void Apply(PoolConfiguration configuration)
    {
        _configuration = configuration;
        _ledger.Limits = configuration.Limits;
        _fixedLink = null;
    }

    private void Finish(Phase phase)
    {
        // The phase never goes back: a pool that was removed while it recovered stays removed.
        if (phase > _phase)
            _phase = phase;
        if (_phase != Phase.Ready)
            Dismiss(static _ => true);
        _recovered.TrySetResult();
    }

    private void BecomeSuperseded() => Finish(Phase.Superseded);

    /// <summary>
    /// Colocated callers bypass Orleans' directory, and requests forwarded by child pools carry no epoch, so a superseded activation (or
    /// one whose pool was removed via another activation) might never be told. It therefore reads its record here. A change that was stored
    /// although the write seemed to fail takes effect here.
    /// </summary>
    private async Task ReadRecordAsync()
    {
        var known = _tag;
        try
        {
            var stored = await _ports.Store.ReadAsync(Name).AsTask().WaitAsync(_ports.Timings.CallTimeout, _ports.Time);
            if (_tag != known)
                return; // changed meanwhile by a call: the record that was read may be older
            if (stored is not var (record, tag))
                Remove();
            else if (record.Epoch > Epoch)
                BecomeSuperseded();
            else if (tag != known)
                Adopt(record.Configuration, tag);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Read again with the next reconciliation.
        }
    }

    private async Task<IReadOnlyCollection<NodeId>?> TryGetLiveNodesAsync()
    {
        try
        {
            return await _ports.Nodes.GetLiveNodesAsync().AsTask().WaitAsync(_ports.Timings.CallTimeout, _ports.Time);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _ports.Warn($"Pool {Name}: the list of nodes cannot be read.", e);
            return null;
        }
    }

    private async Task AskForInventoryAsync(NodeId node, Dictionary<NodeId, InventoryReply> inventories)
    {
        try
        {
            inventories[node] = await _ports.Nodes.InventoryAsync(node, new InventoryRequest(Name, Epoch)).AsTask().WaitAsync(_ports.Timings.CallTimeout, _ports.Time);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Asked again until it replies or is declared dead.
        }
    }

    private void Restore(NodeId node, IReadOnlyList<InventoryItem> jobs)
    {
        var now = _ports.Time.GetTimestamp();
        foreach (var job in jobs)
            _ledger.Enter(new ShareRequest(job.Job, job.Route, node, job.Name, job.Bytes, now), job.Above);
    }

    private async Task ReconcileAsync(NodeId node, List<Share> shares, ShareId[] waiting)
    {
        if (shares.Count + waiting.Length == 0)
            return;
        try
        {
            var request = new ReconcileRequest(Name, Epoch, [.. shares.Select(share => new ShareId(share.Request.Job, share.Request.Route)), .. waiting]);
            var reply = await _ports.Nodes.ReconcileAsync(node, request).AsTask().WaitAsync(_ports.Timings.CallTimeout, _ports.Time);
            if (reply.Epoch > Epoch)
            {
                BecomeSuperseded();
                return;
            }

            var unknown = reply.Unknown.ToHashSet();
            foreach (var share in shares.Where(share => unknown.Contains(new ShareId(share.Request.Job, share.Request.Route))))
                Drop(share.Request);

            // A waiting job may have its share by now; it is then released as if the requester had withdrawn.
            foreach (var waiter in waiting.Where(unknown.Contains))
                Release(new ReleaseRequest(waiter.Job, waiter.Route, LeaseEnding.Withdrawn));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Not reached: its leases stay. The next reconciliation asks again, or finds the node dead.
        }
    }

    private void Drop(in ShareRequest share)
    {
        if (!_ledger.Release(share.Job, share.Route, out var dropped))
            return;
        if (dropped.Committed)
            _totals.Ended(LeaseEnding.Lost);
        Withdraw(share.Job, share.Route);
        GiveRoom();
    }
}
