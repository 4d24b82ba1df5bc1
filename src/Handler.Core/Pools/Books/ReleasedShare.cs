namespace Handler.Pools;

/// <summary>What a share was that was given back.</summary>
/// <param name="Committed">Whether the parents had said yes.</param>
/// <param name="Above">The parents' part of the lease, once committed.</param>
internal readonly record struct ReleasedShare(bool Committed, PoolChain? Above);
