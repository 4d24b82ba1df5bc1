using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="KnownNodes"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.KnownNodes")]
[Immutable]
internal struct KnownNodesWire
{
    [Id(0)]
    public long Version;

    [Id(1)]
    public NodeId[]? Nodes;
}

[RegisterConverter]
internal sealed class KnownNodesConverter : IConverter<KnownNodes, KnownNodesWire>
{
    public KnownNodes ConvertFromSurrogate(in KnownNodesWire wire) => new(wire.Version, WireGuard.NotNull(wire.Nodes, "nodes"));

    public KnownNodesWire ConvertToSurrogate(in KnownNodes value) => new() { Version = value.Version, Nodes = [.. value.Nodes] };
}
