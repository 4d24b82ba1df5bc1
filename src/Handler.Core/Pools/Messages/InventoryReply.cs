namespace Handler.Pools;

/// <summary>What a node runs for one pool.</summary>
/// <param name="Epoch">The newest epoch of the pool that the node has seen. Newer than the asker's: the asker is superseded.</param>
/// <param name="Jobs">The jobs; empty for a superseded asker.</param>
internal sealed record InventoryReply(long Epoch, IReadOnlyList<InventoryItem> Jobs);
