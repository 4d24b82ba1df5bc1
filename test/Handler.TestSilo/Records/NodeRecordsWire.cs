using Handler.Cluster;
using Handler.Pools;

namespace Handler.TestSilo;

/// <summary><see cref="NodeRecords"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.test.NodeRecords")]
[Immutable]
internal struct NodeRecordsWire
{
    [Id(0)]
    public NodeId Node;

    [Id(1)]
    public int Jobs;

    [Id(2)]
    public int Unacknowledged;

    [Id(3)]
    public LeaseRecord[]? Leases;

    [Id(4)]
    public int[]? WorkerPids;

    [Id(5)]
    public long HeldPayloads;
}

[RegisterConverter]
internal sealed class NodeRecordsConverter : IConverter<NodeRecords, NodeRecordsWire>
{
    public NodeRecords ConvertFromSurrogate(in NodeRecordsWire wire)
        => new(wire.Node, wire.Jobs, wire.HeldPayloads, wire.Unacknowledged, wire.Leases ?? [], wire.WorkerPids ?? []);

    public NodeRecordsWire ConvertToSurrogate(in NodeRecords value) => new()
    {
        Node = value.Node,
        Jobs = value.Jobs,
        HeldPayloads = value.HeldPayloads,
        Unacknowledged = value.Unacknowledged,
        Leases = [.. value.Leases],
        WorkerPids = [.. value.WorkerPids],
    };
}
