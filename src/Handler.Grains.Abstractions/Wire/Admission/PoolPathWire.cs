using Handler.FairShare;

namespace Handler.Grains.Wire;

/// <summary><see cref="PoolPath"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolPath")]
[Immutable]
internal struct PoolPathWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public int Weight;

    [Id(2)]
    public PoolPath? Below;
}

[RegisterConverter]
internal sealed class PoolPathConverter : IConverter<PoolPath, PoolPathWire>
{
    public PoolPath ConvertFromSurrogate(in PoolPathWire wire)
        => new(WireGuard.NotNull(wire.Pool, nameof(wire.Pool)), WireGuard.Weight(wire.Weight), wire.Below);

    public PoolPathWire ConvertToSurrogate(in PoolPath value) => new() { Pool = value.Pool, Weight = value.Weight, Below = value.Below };
}
