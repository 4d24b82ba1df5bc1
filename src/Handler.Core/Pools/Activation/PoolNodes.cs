namespace Handler.Pools;

/// <summary>
/// The nodes as a pool reaches them: no call lasts longer than <see cref="PoolTimings.CallTimeout"/>, and a call that fails has no result.
/// It is unknown then whether it arrived.
/// </summary>
internal sealed class PoolNodes(string pool, PoolPorts ports)
{
    /// <inheritdoc cref="INodePeers.GetLiveNodesAsync"/>
    public async Task<IReadOnlyCollection<NodeId>?> TryGetLiveNodesAsync()
    {
        try
        {
            return await WithinTimeout(ports.Nodes.GetLiveNodesAsync());
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            PoolLog.CannotReadNodes(ports.Log, pool, exception);
            return null;
        }
    }

    public Task<InventoryReply?> TryGetInventoryAsync(NodeId node, InventoryRequest request)
        => TryAsync(() => ports.Nodes.InventoryAsync(node, request));

    public Task<ReconcileReply?> TryReconcileAsync(NodeId node, ReconcileRequest request)
        => TryAsync(() => ports.Nodes.ReconcileAsync(node, request));

    /// <summary>How many jobs the node has killed.</summary>
    public async Task<int?> TryKillAsync(NodeId node, KillRequest request)
    {
        try
        {
            return await WithinTimeout(ports.Nodes.KillAsync(node, request));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }

    private async Task<T?> TryAsync<T>(Func<ValueTask<T>> call)
        where T : class
    {
        try
        {
            return await WithinTimeout(call());
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }

    private Task<T> WithinTimeout<T>(ValueTask<T> call) => call.AsTask().WaitAsync(ports.Timings.CallTimeout, ports.Time);
}
