namespace Handler.Pools;

/// <summary>How a pool reaches the nodes. After any exception it is unknown whether the call arrived.</summary>
internal interface INodePeers
{
    /// <summary>
    /// The live nodes: every node that had joined before this call, except those declared dead. A cached list is
    /// not enough, because a node that is missing here is taken for dead. A node declared dead never comes back under the same id.
    /// </summary>
    ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync();

    ValueTask<InventoryReply> InventoryAsync(NodeId node, InventoryRequest request);

    ValueTask<ReconcileReply> ReconcileAsync(NodeId node, ReconcileRequest request);

    ValueTask<int> KillAsync(NodeId node, KillRequest request);
}
