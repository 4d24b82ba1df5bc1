using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="VersionedPool"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.VersionedPool")]
[Immutable]
internal struct VersionedPoolWire
{
    [Id(0)]
    public PoolConfiguration? Configuration;

    [Id(1)]
    public long Version;
}

[RegisterConverter]
internal sealed class VersionedPoolConverter : IConverter<VersionedPool, VersionedPoolWire>
{
    public VersionedPool ConvertFromSurrogate(in VersionedPoolWire wire)
        => new(WireGuard.NotNull(wire.Configuration, nameof(wire.Configuration)), wire.Version);

    public VersionedPoolWire ConvertToSurrogate(in VersionedPool value)
        => new() { Configuration = value.Configuration, Version = value.Version };
}
