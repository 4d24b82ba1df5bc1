using Handler.Pools;

namespace Handler.Cluster;

/// <summary>What a node runs and holds, by its own books.</summary>
/// <param name="Node">The node.</param>
/// <param name="Jobs">The number of its jobs, including those without a pool.</param>
/// <param name="HeldPayloads">How many bytes of requests and outcomes it holds for callers.</param>
/// <param name="Unacknowledged">The number of releases that a pool has not acknowledged yet.</param>
/// <param name="Leases">One entry for each pool of each lease.</param>
/// <param name="WorkerPids">The process ids of its workers.</param>
internal sealed record NodeRecords(
    NodeId Node,
    int Jobs,
    long HeldPayloads,
    int Unacknowledged,
    IReadOnlyList<LeaseRecord> Leases,
    IReadOnlyList<int> WorkerPids);
