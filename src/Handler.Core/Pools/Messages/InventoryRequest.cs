namespace Handler.Pools;

/// <summary>
/// A new activation of a pool asks a node what it runs for the pool. From then on the node refuses leases of older epochs.
/// </summary>
internal readonly record struct InventoryRequest(string Pool, long Epoch);
