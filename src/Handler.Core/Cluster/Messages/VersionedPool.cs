using Handler.Pools;

namespace Handler.Cluster;

/// <summary>A pool's configuration and the version that a change must name.</summary>
internal sealed record VersionedPool(PoolConfiguration Configuration, long Version);
