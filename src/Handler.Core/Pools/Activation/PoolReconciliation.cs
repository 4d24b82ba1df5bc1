using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>Compares the pool's books with what the nodes know, and corrects the books.</summary>
internal sealed class PoolReconciliation(
    PoolState state, PoolLifecycle lifecycle, PoolReleases releases, PoolNodes nodes, TimeProvider time)
{
    /// <summary>
    /// Releases the shares and withdraws the waiting requests of dead nodes, and those that their nodes do not know. Each call asks a node
    /// about at most 1 000 shares and 1 000 requests.
    /// </summary>
    /// <returns>Whether the list of nodes could be read.</returns>
    public async Task<bool> ReconcileAsync()
    {
        // The node of a younger lease may have joined after the list was made; it is missing in the list but not dead.
        var before = time.GetTimestamp();
        if (await nodes.TryGetLiveNodesAsync() is not { } live)
            return false;

        // Waiting jobs first: otherwise they would get what becomes free.
        foreach (var waiter in state.Queue.Where(waiter => waiter.Since < before && !live.Contains(waiter.Request.Node)))
            releases.Withdraw(waiter.Request.Job, waiter.Request.Route);
        var shares = state.Ledger.ByNode(before);
        foreach (var share in shares.Where(ofNode => !live.Contains(ofNode.Key)).SelectMany(ofNode => ofNode))
            releases.Drop(share.Request);

        var waiting = state.Queue.Where(static _ => true)
            .ToLookup(waiter => waiter.Request.Node, waiter => new ShareId(waiter.Request.Job, waiter.Request.Route));
        await Task.WhenAll(shares.Select(ofNode => ofNode.Key).Union(waiting.Select(ofNode => ofNode.Key)).Where(live.Contains)
            .Select(node => ReconcileAsync(
                node, state.TakeTurns(shares[node], Tuning.Pools.MaxBatch), [.. waiting[node].Take(Tuning.Pools.MaxBatch)])));
        return true;
    }

    /// <summary>A node that cannot be reached keeps its leases. The next reconciliation asks it again, or finds it dead.</summary>
    private async Task ReconcileAsync(NodeId node, List<Share> shares, ShareId[] waiting)
    {
        if (shares.Count + waiting.Length == 0)
            return;
        ShareId[] asked = [.. shares.Select(IdOf), .. waiting];
        if (await nodes.TryReconcileAsync(node, new ReconcileRequest(state.Name, state.Epoch, asked)) is not { } reply)
            return;
        if (reply.Epoch > state.Epoch)
        {
            lifecycle.See(reply.Epoch);
            return;
        }

        var unknown = reply.Unknown.ToHashSet();
        foreach (var share in shares.Where(share => unknown.Contains(IdOf(share))))
            releases.Drop(share.Request);

        if (state.Phase == PoolPhase.Superseded)
            return; // the next activation decides about them

        // A waiting job may have its share by now; it is then released as if the requester had withdrawn.
        foreach (var waiter in waiting.Where(unknown.Contains))
            releases.Release(new ReleaseRequest(waiter.Job, waiter.Route, LeaseOutcome.Withdrawn));
    }

    private static ShareId IdOf(Share share) => new(share.Request.Job, share.Request.Route);
}
