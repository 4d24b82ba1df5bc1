namespace Handler.Pools;

/// <content>How an activation comes up, notices that it is no longer the only one, and keeps its books true.</content>
internal sealed partial class PoolActor
{
    private const int MaxJobsPerReconcile = 1_000;

    private readonly HashSet<NodeId> _diedMeanwhile = [];
    private string _tag = "";

    /// <summary>
    /// Makes this the pool's activation: raises the epoch in storage, then asks every live node what it runs for the pool. Until
    /// the last one has answered or is dead nothing is admitted, because what it runs is not known. Requests wait meanwhile.
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
                    BeSuperseded();
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
    /// Looks whether the pool still is this activation's, then asks the nodes whether they know the jobs that this pool counts or that wait for room, and ends the leases of those they do not know and of
    /// nodes that are dead; then asks its parent whether who waits here has hope there. The host calls this every <see cref="PoolTimings.ReconcileInterval"/>; each call asks a node about at most 1 000 jobs.
    /// </summary>
    public async Task ReconcileAsync()
    {
        if (_phase == Phase.Ready)
            await ReadRecordAsync();
        if (_phase != Phase.Ready)
            return;

        // A younger lease's node may have joined after the list was made; it is not dead, only missing there.
        var before = _ports.Time.GetTimestamp();
        if (await TryGetLiveNodesAsync() is not { } live)
            return;

        // Those who wait first: else they would get what becomes free.
        foreach (var waiter in _waiting.Where(waiter => waiter.Since < before && !live.Contains(waiter.Request.Node)))
            Withdraw(waiter.Request.Job, waiter.Request.Route);
        var shares = _ledger.ByNode(before);
        foreach (var share in shares.Where(ofNode => !live.Contains(ofNode.Key)).SelectMany(ofNode => ofNode))
            Drop(share.Request);

        var waiting = _waiting.Where(static _ => true).ToLookup(waiter => waiter.Request.Node, waiter => new ShareId(waiter.Request.Job, waiter.Request.Route));
        await Task.WhenAll(shares.Select(ofNode => ofNode.Key).Union(waiting.Select(ofNode => ofNode.Key)).Where(live.Contains)
            .Select(node => ReconcileAsync(node, _ledger.TakeTurns(shares[node], MaxJobsPerReconcile), [.. waiting[node].Take(MaxJobsPerReconcile)])));
        await DismissHopelessAsync();
    }

    /// <summary>A node is dead, says the membership: its leases end now and not only at the next reconciliation.</summary>
    public void NodeDied(NodeId node)
    {
        if (_phase == Phase.Recovering)
            _diedMeanwhile.Add(node);
        foreach (var pending in _pending.Values.Where(pending => pending.Request.Node == node).ToList())
            Withdraw(pending.Request.Job, pending.Request.Route);
        foreach (var share in _ledger.Of(node))
            Drop(share.Request);
    }

    /// <summary>Changes limits or parents, for good, unless a later change was made already. Running jobs keep running; those who wait are looked at again.</summary>
    /// <exception cref="PoolSupersededException">Another activation has taken over; ask that one.</exception>
    /// <exception cref="Exception">The store failed; the change may or may not come into force with the next reconciliation or activation.</exception>
    public async Task ChangeAsync(PoolConfiguration configuration)
    {
        await UntilRecoveredAsync();
        while (true)
        {
            if (_configuration.Version > configuration.Version)
                return; // its message, or its write, was held up
            var known = _tag;
            if (await _ports.Store.WriteAsync(Name, new PoolRecord(configuration, Epoch), known) is { } tag)
            {
                // Another change that was stored after this one may have been answered before it.
                if (_tag == known)
                    GoBy(configuration, tag);
                return;
            }

            // Somebody else wrote: another change here, one that seemed to have failed, or a newer activation.
            known = _tag;
            if (await _ports.Store.ReadAsync(Name) is not { } stored)
                throw new InvalidOperationException($"Pool {Name} was removed.");
            if (stored.Record.Epoch > Epoch)
            {
                BeSuperseded();
                throw new PoolSupersededException(Name, Epoch);
            }

            if (_tag == known)
                GoBy(stored.Record.Configuration, stored.Tag);
        }
    }

    private void GoBy(PoolConfiguration stored, string tag)
    {
        _tag = tag;
        var hasOtherParents = (stored.DelegateTo, stored.Selector, stored.SelectorConfig) != (_configuration.DelegateTo, _configuration.Selector, _configuration.SelectorConfig);
        Apply(stored);
        if (hasOtherParents)
            LeaveFormerParents();
        Dismiss(waiter => !_ledger.Limits.EverFits(waiter.Request.Bytes));
        GiveRoom();
        _ = DismissHopelessAsync();
    }

    /// <summary>The pool was removed: nothing is admitted any more, also of what parents are being asked for; what runs may end in peace.</summary>
    public void Remove()
    {
        Finish(Phase.Removed);
        WithdrawAll();
    }

    /// <returns>Whether there is such a pool.</returns>
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
                // The write may have gone through: then the next one conflicts with it or raises the epoch once more. Both are fine.
                _ports.Warn($"Pool {Name}: its record cannot be read or written; trying again.", e);
            }

            await Task.Delay(delay, _ports.Time);
        }

        return true; // given up meanwhile
    }

    private void Apply(PoolConfiguration configuration)
    {
        _configuration = configuration;
        _ledger.Limits = configuration.Limits;
        _fixedLink = null;
    }

    private void Finish(Phase phase)
    {
        // Never back: a pool that was removed while it recovered stays removed.
        if (phase > _phase)
            _phase = phase;
        if (_phase != Phase.Ready)
            Dismiss(static _ => true);
        _recovered.TrySetResult();
    }

    private void BeSuperseded() => Finish(Phase.Superseded);

    /// <summary>
    /// What is on the same silo calls an activation without asking where the pool is, and who asks through a child does not say which epoch it has seen: one that was replaced
    /// would never be told, and neither would one be whose pool was removed while another activation got the message. A change that was stored without an answer comes into force here.
    /// </summary>
    private async Task ReadRecordAsync()
    {
        var known = _tag;
        try
        {
            var stored = await _ports.Store.ReadAsync(Name).AsTask().WaitAsync(_ports.Timings.CallTimeout, _ports.Time);
            if (_tag != known)
                return; // changed meanwhile, and told of it: what was read may be older
            if (stored is not var (record, tag))
                Remove();
            else if (record.Epoch > Epoch)
                BeSuperseded();
            else if (tag != known)
                GoBy(record.Configuration, tag);
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
            // Asked again until it answers or is declared dead.
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
                BeSuperseded();
                return;
            }

            var unknown = reply.Unknown.ToHashSet();
            foreach (var share in shares.Where(share => unknown.Contains(new ShareId(share.Request.Job, share.Request.Route))))
                Drop(share.Request);

            // One may have its share by now: then it goes back as if its asker had withdrawn.
            foreach (var waiter in waiting.Where(unknown.Contains))
                Release(new ReleaseRequest(waiter.Job, waiter.Route, LeaseEnding.Withdrawn));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Not reached: its leases stay. The next reconciliation asks again, or finds it dead.
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
