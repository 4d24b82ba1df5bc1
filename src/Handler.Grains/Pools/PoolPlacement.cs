namespace Handler.Grains.Pools;

/// <inheritdoc cref="PoolPlacementAttribute"/>
internal sealed class PoolPlacement : PlacementStrategy;
