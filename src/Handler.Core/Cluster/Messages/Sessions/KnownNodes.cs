using Handler.Pools;

namespace Handler.Cluster;

/// <summary>The nodes that take jobs, as one silo knows them.</summary>
/// <param name="Version">Grows with each change of the membership.</param>
/// <param name="Nodes">The nodes.</param>
internal sealed record KnownNodes(long Version, IReadOnlyList<NodeId> Nodes);
