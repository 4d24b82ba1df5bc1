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
    public ulong Number;

    [Id(4)]
    public ulong[]? Open;

    [Id(5)]
    public ulong[]? GivenUp;

    [Id(6)]
    public long NodesVersion;

    [Id(7)]
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
        Number = wire.Number,
        Open = wire.Open ?? [],
        GivenUp = wire.GivenUp ?? [],
        NodesVersion = wire.NodesVersion,
        IsProbe = wire.IsProbe,
    };

    public SessionMessageWire ConvertToSurrogate(in SessionMessage value) => new()
    {
        Session = value.Session,
        Jobs = value.Jobs.Count > 0 ? [.. value.Jobs] : null,
        Followed = value.Followed.Count > 0 ? [.. value.Followed] : null,
        Number = value.Number,
        Open = value.Open.Count > 0 ? [.. value.Open] : null,
        GivenUp = value.GivenUp.Count > 0 ? [.. value.GivenUp] : null,
        NodesVersion = value.NodesVersion,
        IsProbe = value.IsProbe,
    };
}
