using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="InventoryReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.InventoryReply")]
[Immutable]
internal struct InventoryReplyWire
{
    [Id(0)]
    public long Epoch;

    [Id(1)]
    public InventoryItem[]? Jobs;
}

[RegisterConverter]
internal sealed class InventoryReplyConverter : IConverter<InventoryReply, InventoryReplyWire>
{
    public InventoryReply ConvertFromSurrogate(in InventoryReplyWire wire)
        => new(wire.Epoch, WireGuard.NotNull(wire.Jobs, nameof(wire.Jobs)));

    public InventoryReplyWire ConvertToSurrogate(in InventoryReply value) => new() { Epoch = value.Epoch, Jobs = [.. value.Jobs] };
}
