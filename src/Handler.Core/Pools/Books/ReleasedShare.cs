using Handler.FairShare;

namespace Handler.Pools;

/// <summary>What is known of a share that was released.</summary>
/// <param name="Committed">Whether the parents had accepted.</param>
/// <param name="Above">The parents' part of the lease, once committed.</param>
/// <param name="Leaf">The child of the pool that had it.</param>
/// <param name="Node">The node on which the job ran.</param>
internal readonly record struct ReleasedShare(bool Committed, PoolChain? Above, Branch<WaiterLevels> Leaf, NodeId Node)
{
    /// <inheritdoc cref="LeaseOutcome.HasTurnLeft"/>
    public bool HasTurnLeft { get; init; }
}
