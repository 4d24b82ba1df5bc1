using Handler.Cluster;

namespace Handler.Grains.Wire;

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
