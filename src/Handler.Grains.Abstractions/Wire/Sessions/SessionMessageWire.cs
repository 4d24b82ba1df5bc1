using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary><see cref="SessionMessage"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.SessionMessage")]
[Immutable]
internal struct SessionMessageWire
{
    [Id(0)]
    public ulong Session;

    [Id(1)]
    public JobRequest[]? Jobs;

    [Id(2)]
    public CallId[]? Followed;

    [Id(3)]
    public ulong Received;

    [Id(4)]
    public bool HasLostReply;

    [Id(5)]
    public long NodesVersion;

    [Id(6)]
    public bool IsProbe;
}

[RegisterConverter]
internal sealed class SessionMessageConverter : IConverter<SessionMessage, SessionMessageWire>
{
    public SessionMessage ConvertFromSurrogate(in SessionMessageWire wire) => new()
    {
        Session = wire.Session,
        Jobs = wire.Jobs ?? [],
        Followed = wire.Followed ?? [],
        Received = wire.Received,
        HasLostReply = wire.HasLostReply,
        NodesVersion = wire.NodesVersion,
        IsProbe = wire.IsProbe,
    };

    public SessionMessageWire ConvertToSurrogate(in SessionMessage value) => new()
    {
        Session = value.Session,
        Jobs = value.Jobs.Count > 0 ? [.. value.Jobs] : null,
        Followed = value.Followed.Count > 0 ? [.. value.Followed] : null,
        Received = value.Received,
        HasLostReply = value.HasLostReply,
        NodesVersion = value.NodesVersion,
        IsProbe = value.IsProbe,
    };
}
