using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="JobId"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.JobId")]
[Immutable]
internal struct JobIdWire
{
    [Id(0)]
    public ulong Scope;

    [Id(1)]
    public ulong Sequence;
}

[RegisterConverter]
internal sealed class JobIdConverter : IConverter<JobId, JobIdWire>
{
    public JobId ConvertFromSurrogate(in JobIdWire wire) => new(wire.Scope, wire.Sequence);

    public JobIdWire ConvertToSurrogate(in JobId value) => new() { Scope = value.Scope, Sequence = value.Sequence };
}

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

/// <summary><see cref="CallId"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.CallId")]
[Immutable]
internal struct CallIdWire
{
    [Id(0)]
    public ulong Caller;

    [Id(1)]
    public ulong Sequence;
}

[RegisterConverter]
internal sealed class CallIdConverter : IConverter<CallId, CallIdWire>
{
    public CallId ConvertFromSurrogate(in CallIdWire wire) => new(wire.Caller, wire.Sequence);

    public CallIdWire ConvertToSurrogate(in CallId value) => new() { Caller = value.Caller, Sequence = value.Sequence };
}

/// <summary><see cref="ShareId"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.ShareId")]
[Immutable]
internal struct ShareIdWire
{
    [Id(0)]
    public JobId Job;

    [Id(1)]
    public ulong Route;
}

[RegisterConverter]
internal sealed class ShareIdConverter : IConverter<ShareId, ShareIdWire>
{
    public ShareId ConvertFromSurrogate(in ShareIdWire wire) => new(wire.Job, wire.Route);

    public ShareIdWire ConvertToSurrogate(in ShareId value) => new() { Job = value.Job, Route = value.Route };
}
