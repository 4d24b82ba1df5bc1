using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary><see cref="FindReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.FindReply")]
[Immutable]
internal struct FindReplyWire
{
    [Id(0)]
    public CallReply? Reply;

    [Id(1)]
    public TimeSpan? SinceLastDeath;
}

[RegisterConverter]
internal sealed class FindReplyConverter : IConverter<FindReply, FindReplyWire>
{
    public FindReply ConvertFromSurrogate(in FindReplyWire wire) => new(wire.Reply, wire.SinceLastDeath);

    public FindReplyWire ConvertToSurrogate(in FindReply value) => new() { Reply = value.Reply, SinceLastDeath = value.SinceLastDeath };
}
