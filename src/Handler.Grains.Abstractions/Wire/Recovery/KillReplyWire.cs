using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="KillReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.KillReply")]
[Immutable]
internal struct KillReplyWire
{
    [Id(0)]
    public int Killed;

    [Id(1)]
    public int UnreachedNodes;
}

[RegisterConverter]
internal sealed class KillReplyConverter : IConverter<KillReply, KillReplyWire>
{
    public KillReply ConvertFromSurrogate(in KillReplyWire wire) => new(wire.Killed, wire.UnreachedNodes);

    public KillReplyWire ConvertToSurrogate(in KillReply value) => new() { Killed = value.Killed, UnreachedNodes = value.UnreachedNodes };
}
