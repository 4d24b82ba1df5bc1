using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="CallReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.CallReply")]
[Immutable]
internal struct CallReplyWire
{
    [Id(0)]
    public int State;

    [Id(1)]
    public NodeId Node;

    [Id(2)]
    public JobId? Job;

    [Id(3)]
    public EncodedOutcome? Outcome;

    [Id(4)]
    public int Rest;
}

[RegisterConverter]
internal sealed class CallReplyConverter : IConverter<CallReply, CallReplyWire>
{
    public CallReply ConvertFromSurrogate(in CallReplyWire wire)
        => new(WireGuard.Enum<CallState>(wire.State), wire.Node, wire.Job, wire.Outcome, WireGuard.Length(wire.Rest, nameof(wire.Rest)));

    public CallReplyWire ConvertToSurrogate(in CallReply value)
        => new()
        {
            State = (int)value.State,
            Node = value.Node,
            Job = value.Job,
            Outcome = value.Outcome,
            Rest = value.Rest,
        };
}
