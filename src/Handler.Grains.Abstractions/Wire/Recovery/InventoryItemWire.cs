using Handler.FairShare;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="InventoryItem"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.InventoryItem")]
[Immutable]
internal struct InventoryItemWire
{
    [Id(0)]
    public JobId Job;

    [Id(1)]
    public ulong Route;

    [Id(2)]
    public string? Name;

    [Id(3)]
    public long Bytes;

    [Id(4)]
    public PoolChain? Above;

    [Id(5)]
    public PoolPath? From;
}

[RegisterConverter]
internal sealed class InventoryItemConverter : IConverter<InventoryItem, InventoryItemWire>
{
    public InventoryItem ConvertFromSurrogate(in InventoryItemWire wire)
        => new(wire.Job, wire.Route, wire.Name, wire.Bytes, wire.Above, wire.From);

    public InventoryItemWire ConvertToSurrogate(in InventoryItem value) => new()
    {
        Job = value.Job,
        Route = value.Route,
        Name = value.Name,
        Bytes = value.Bytes,
        Above = value.Above,
        From = value.From,
    };
}
