using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="NodeId"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.NodeId")]
[Immutable]
internal struct NodeIdWire
{
    [Id(0)]
    public string? Value;
}

[RegisterConverter]
internal sealed class NodeIdConverter : IConverter<NodeId, NodeIdWire>
{
    public NodeId ConvertFromSurrogate(in NodeIdWire wire) => new(WireGuard.NotNull(wire.Value, "node"));

    public NodeIdWire ConvertToSurrogate(in NodeId value) => new() { Value = value.Value };
}
