namespace Handler.Pools;

/// <summary>How a pool reaches the nodes. Any exception means that it is not known whether the call arrived.</summary>
internal interface INodePeers
{
    /// <summary>
    /// The nodes that are alive: every node that had joined before this call, but for those declared dead. A cached list is
    /// not enough, for a node that is missed here is taken for dead. A node declared dead never comes back under the same id.
    /// </summary>
    ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync();

    ValueTask<InventoryReply> InventoryAsync(NodeId node, InventoryRequest request);

    ValueTask<ReconcileReply> ReconcileAsync(NodeId node, ReconcileRequest request);

    ValueTask<int> KillAsync(NodeId node, KillRequest request);
}
