namespace Handler.Pools;

/// <summary>What is known of a share that was released.</summary>
/// <param name="Committed">Whether the parents had accepted.</param>
/// <param name="Above">The parents' part of the lease, once committed.</param>
internal readonly record struct ReleasedShare(bool Committed, PoolChain? Above);
