using Handler.Pools;

namespace Handler.Cluster;

/// <summary>What a node runs, by its own books.</summary>
/// <param name="Node">The node.</param>
/// <param name="Jobs">Its jobs, those without a pool included.</param>
/// <param name="Unacknowledged">Releases that a pool has not acknowledged yet.</param>
/// <param name="Leases">A line for each pool of each lease.</param>
/// <param name="WorkerPids">Its worker processes.</param>
internal sealed record NodeRecords(NodeId Node, int Jobs, int Unacknowledged, IReadOnlyList<LeaseRecord> Leases, IReadOnlyList<int> WorkerPids);
