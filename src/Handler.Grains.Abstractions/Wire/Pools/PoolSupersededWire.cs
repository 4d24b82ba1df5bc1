using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="PoolSupersededException"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolSuperseded")]
[Immutable]
internal struct PoolSupersededWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public long Epoch;
}

[RegisterConverter]
internal sealed class PoolSupersededConverter : IConverter<PoolSupersededException, PoolSupersededWire>
{
    public PoolSupersededException ConvertFromSurrogate(in PoolSupersededWire wire)
        => new(WireGuard.NotNull(wire.Pool, nameof(wire.Pool)), wire.Epoch);

    public PoolSupersededWire ConvertToSurrogate(in PoolSupersededException value) => new() { Pool = value.Pool, Epoch = value.Epoch };
}
