namespace Handler.Pools;

/// <summary>How an activation starts: it learns from the nodes what runs in the pool.</summary>
/// <param name="state">The pool's state.</param>
/// <param name="lifecycle">Ends the recovery.</param>
/// <param name="raiseEpoch">Makes this the pool's activation. Returns whether the pool exists.</param>
/// <param name="nodes">The nodes to ask.</param>
/// <param name="ports">The pool's surroundings.</param>
internal sealed class PoolRecovery(
    PoolState state, PoolLifecycle lifecycle, Func<Task<bool>> raiseEpoch, PoolNodes nodes, PoolPorts ports)
{
    private readonly Dictionary<NodeId, InventoryReply> inventories = [];
    private readonly HashSet<NodeId> diedMeanwhile = [];

    /// <inheritdoc cref="PoolActor.RecoverAsync"/>
    public async Task RecoverAsync()
    {
        if (!await raiseEpoch())
        {
            lifecycle.Advance(PoolPhase.Removed);
            return;
        }

        for (var delay = ports.Timings.RetryDelay; state.Phase == PoolPhase.Recovering; delay = ports.Timings.Grow(delay))
        {
            if (await nodes.TryGetLiveNodesAsync() is { } live)
            {
                // A node is asked again until it replies or is declared dead.
                await Task.WhenAll(live.Where(node => !inventories.ContainsKey(node)).Select(AskForInventoryAsync));
                if (TryFinish(live))
                    return;
            }

            await Task.Delay(delay, ports.Time);
        }
    }

    /// <summary>A node is dead: what it reported, or still reports, does not count.</summary>
    public void NodeDied(NodeId node)
    {
        if (state.Phase == PoolPhase.Recovering)
            diedMeanwhile.Add(node);
    }

    private async Task AskForInventoryAsync(NodeId node)
    {
        if (await nodes.TryGetInventoryAsync(node, new InventoryRequest(state.Name, state.Epoch)) is { } inventory)
            inventories[node] = inventory;
    }

    private bool TryFinish(IReadOnlyCollection<NodeId> live)
    {
        var newest = inventories.Values.Select(inventory => inventory.Epoch).DefaultIfEmpty(state.Epoch).Max();
        if (newest > state.Epoch)
        {
            lifecycle.See(newest);
            return true;
        }

        if (!live.All(inventories.ContainsKey))
            return false;
        foreach (var node in live.Where(node => !diedMeanwhile.Contains(node)))
            Restore(node, inventories[node].Jobs);
        inventories.Clear();
        lifecycle.Advance(PoolPhase.Ready);
        return true;
    }

    private void Restore(NodeId node, IReadOnlyList<InventoryItem> jobs)
    {
        var now = ports.Time.GetTimestamp();
        foreach (var job in jobs)
            state.Restore(new ShareRequest(job.Job, job.Route, node, job.Name, job.Bytes, now, job.From), job.Above);
    }
}
