using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="ReleaseReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.ReleaseReply")]
[Immutable]
internal struct ReleaseReplyWire
{
    [Id(0)]
    public long Epoch;
}

[RegisterConverter]
internal sealed class ReleaseReplyConverter : IConverter<ReleaseReply, ReleaseReplyWire>
{
    public ReleaseReply ConvertFromSurrogate(in ReleaseReplyWire wire) => new(wire.Epoch);

    public ReleaseReplyWire ConvertToSurrogate(in ReleaseReply value) => new() { Epoch = value.Epoch };
}
