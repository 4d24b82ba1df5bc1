using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="NodeLoad"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.NodeLoad")]
[Immutable]
internal struct NodeLoadWire
{
    [Id(0)]
    public NodeId Node;

    [Id(1)]
    public int FreeWorkers;

    [Id(2)]
    public long FreeBytes;

    [Id(3)]
    public bool Accepts;

    [Id(4)]
    public long? MaxBytes;

    [Id(5)]
    public int? FreePlaces;
}

[RegisterConverter]
internal sealed class NodeLoadConverter : IConverter<NodeLoad, NodeLoadWire>
{
    public NodeLoad ConvertFromSurrogate(in NodeLoadWire wire)
        => new(wire.Node, wire.FreeWorkers, wire.FreeBytes, wire.Accepts, wire.MaxBytes ?? long.MaxValue, wire.FreePlaces ?? int.MaxValue);

    public NodeLoadWire ConvertToSurrogate(in NodeLoad value)
        => new()
        {
            Node = value.Node,
            FreeWorkers = value.FreeWorkers,
            FreeBytes = value.FreeBytes,
            Accepts = value.Accepts,
            MaxBytes = value.MaxBytes,
            FreePlaces = value.FreePlaces,
        };
}
