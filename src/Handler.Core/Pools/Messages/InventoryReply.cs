namespace Handler.Pools;

/// <summary>What a node runs for one pool.</summary>
/// <param name="Epoch">The newest epoch of the pool that the node has seen. If it is newer than the requester's, the requester is
/// superseded.</param>
/// <param name="Jobs">The jobs; empty for a superseded requester.</param>
internal sealed record InventoryReply(long Epoch, IReadOnlyList<InventoryItem> Jobs);
