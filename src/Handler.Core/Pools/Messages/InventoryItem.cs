using Handler.FairShare;

namespace Handler.Pools;

/// <summary>One job that a node runs for a pool, with all that the pool's ledger needs.</summary>
internal readonly record struct InventoryItem(JobId Job, ulong Route, string? Name, long Bytes, PoolChain? Above, PoolPath? From = null);
