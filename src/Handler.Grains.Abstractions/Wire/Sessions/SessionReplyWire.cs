using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="SessionReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.SessionReply")]
[Immutable]
internal struct SessionReplyWire
{
    [Id(0)]
    public NodeId Node;

    [Id(1)]
    public SessionNewsWire[]? News;

    [Id(2)]
    public KnownNodes? Nodes;

    [Id(3)]
    public NodeId? Gateway;

    [Id(4)]
    public bool NodeIsGone;
}

[RegisterConverter]
internal sealed class SessionReplyConverter : IConverter<SessionReply, SessionReplyWire>
{
    public SessionReply ConvertFromSurrogate(in SessionReplyWire wire) => new(
        wire.Node,
        Array.ConvertAll(wire.News ?? [], static news => new SessionNews(
            news.Call, WireGuard.NotNull(news.Reply, "reply"))),
        wire.Nodes,
        wire.Gateway,
        wire.NodeIsGone);

    public SessionReplyWire ConvertToSurrogate(in SessionReply value) => new()
    {
        Node = value.Node,
        News = value.News.Count == 0
            ? null
            : [.. value.News.Select(static news => new SessionNewsWire { Call = news.Call, Reply = news.Reply })],
        Nodes = value.Nodes,
        Gateway = value.Gateway,
        NodeIsGone = value.NodeIsGone,
    };
}
