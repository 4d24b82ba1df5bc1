using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="InventoryRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.InventoryRequest")]
[Immutable]
internal struct InventoryRequestWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public long Epoch;
}

[RegisterConverter]
internal sealed class InventoryRequestConverter : IConverter<InventoryRequest, InventoryRequestWire>
{
    public InventoryRequest ConvertFromSurrogate(in InventoryRequestWire wire)
        => new(WireGuard.NotNull(wire.Pool, nameof(wire.Pool)), wire.Epoch);

    public InventoryRequestWire ConvertToSurrogate(in InventoryRequest value) => new() { Pool = value.Pool, Epoch = value.Epoch };
}
