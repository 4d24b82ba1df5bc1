using Orleans.Placement;

namespace Handler.Grains.Pools;

/// <summary>Places a pool on the silo that first uses it, unless that silo is about to leave.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class PoolPlacementAttribute() : PlacementAttribute(new PoolPlacement());
