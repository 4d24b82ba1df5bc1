namespace Handler.Pools;

/// <summary>A share that is taken.</summary>
/// <param name="Request">What was requested.</param>
/// <param name="Committed">Whether the parents have accepted.</param>
/// <param name="Above">The parents' part of the lease, once committed.</param>
/// <param name="AskedIn">The ledger's turn in which the node was last asked about the share; 0 if it was never asked.</param>
internal readonly record struct Share(ShareRequest Request, bool Committed, PoolChain? Above, long AskedIn = 0);
