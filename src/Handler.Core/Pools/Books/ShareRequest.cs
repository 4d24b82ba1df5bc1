using Handler.FairShare;

namespace Handler.Pools;

/// <summary>One job's share of a pool, as it is requested.</summary>
/// <param name="Job">The job.</param>
/// <param name="Route">The route by which the job came to this pool.</param>
/// <param name="Node">The node that runs the job.</param>
/// <param name="Name">The job's name; jobs may share one.</param>
/// <param name="Bytes">The memory it reserves.</param>
/// <param name="Since">When the share was taken, a timestamp of the pool's <see cref="TimeProvider"/>.</param>
/// <param name="From">The pools through which the job came; <see langword="null"/> if its caller named this pool.</param>
internal readonly record struct ShareRequest(
    JobId Job, ulong Route, NodeId Node, string? Name, long Bytes, long Since, PoolPath? From = null);
