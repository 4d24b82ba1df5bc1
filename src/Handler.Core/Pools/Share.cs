namespace Handler.Pools;

/// <summary>One job's part of a pool, as it is asked for.</summary>
/// <param name="Job">Whose it is.</param>
/// <param name="Route">The route on which the job came to this pool.</param>
/// <param name="Node">The node that runs the job.</param>
/// <param name="Name">The job's name; jobs may share one.</param>
/// <param name="Bytes">The memory it reserves.</param>
/// <param name="Since">When it was taken, a timestamp of the pool's <see cref="TimeProvider"/>.</param>
internal readonly record struct ShareRequest(JobId Job, ulong Route, NodeId Node, string? Name, long Bytes, long Since);

/// <summary>What a share was that was given back.</summary>
/// <param name="Committed">Whether the parents had said yes.</param>
/// <param name="Above">The parents' part of the lease, once committed.</param>
internal readonly record struct Freed(bool Committed, PoolChain? Above);

/// <summary>A share that is taken.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Committed">Whether the parents have said yes.</param>
/// <param name="Above">The parents' part of the lease, once committed.</param>
/// <param name="AskedIn">In which of the ledger's turns its node was last asked about it; 0 if it never was.</param>
internal readonly record struct Share(ShareRequest Request, bool Committed, PoolChain? Above, long AskedIn = 0);
