namespace Handler.Pools;

/// <summary>A share that is taken.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Committed">Whether the parents have said yes.</param>
/// <param name="Above">The parents' part of the lease, once committed.</param>
/// <param name="AskedIn">In which of the ledger's turns its node was last asked about it; 0 if it never was.</param>
internal readonly record struct Share(ShareRequest Request, bool Committed, PoolChain? Above, long AskedIn = 0);
