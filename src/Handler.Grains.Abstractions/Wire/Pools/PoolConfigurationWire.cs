using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="PoolConfiguration"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolConfiguration")]
[Immutable]
internal struct PoolConfigurationWire
{
    [Id(0)]
    public StoredConfiguration? Configuration;
}

[RegisterConverter]
internal sealed class PoolConfigurationConverter : IConverter<PoolConfiguration, PoolConfigurationWire>
{
    public PoolConfiguration ConvertFromSurrogate(in PoolConfigurationWire wire)
        => WireGuard.NotNull(wire.Configuration, nameof(wire.Configuration)).ToConfiguration();

    public PoolConfigurationWire ConvertToSurrogate(in PoolConfiguration value) => new() { Configuration = StoredConfiguration.Of(value) };
}
