using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>The nodes as a pool sees them. The test replies to each call, or lets it fail.</summary>
internal sealed class TestNodes : INodePeers
{
    /// <summary>The live nodes; <see langword="null"/> if their list cannot be read.</summary>
    public List<NodeId>? Live { get; set; } = [];

    public List<(NodeId Node, InventoryRequest Request)> InventoryCalls { get; } = [];

    public List<(NodeId Node, ReconcileRequest Request)> ReconcileCalls { get; } = [];

    public List<(NodeId Node, KillRequest Request)> KillCalls { get; } = [];

    public Func<NodeId, Task<InventoryReply>> WhenInventory { get; set; } = static _ => Task.FromResult(new InventoryReply(0, []));

    public Func<NodeId, Task<ReconcileReply>> WhenReconcile { get; set; } = static _ => Task.FromResult(new ReconcileReply(0, []));

    public Func<NodeId, Task<int>> WhenKill { get; set; } = static _ => Task.FromResult(0);

    /// <summary>The reply of a node that cannot be reached.</summary>
    public static Task<T> Unreachable<T>() => Task.FromException<T>(new IOException("The node cannot be reached."));

    public ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync()
        => Live is null ? new(Unreachable<IReadOnlyCollection<NodeId>>()) : new([.. Live]);

    public ValueTask<InventoryReply> InventoryAsync(NodeId node, InventoryRequest request)
    {
        InventoryCalls.Add((node, request));
        return new(WhenInventory(node));
    }

    public ValueTask<ReconcileReply> ReconcileAsync(NodeId node, ReconcileRequest request)
    {
        ReconcileCalls.Add((node, request));
        return new(WhenReconcile(node));
    }

    public ValueTask<int> KillAsync(NodeId node, KillRequest request)
    {
        KillCalls.Add((node, request));
        return new(WhenKill(node));
    }
}
