using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary><see cref="SessionNews"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.SessionNews")]
[Immutable]
internal struct SessionNewsWire
{
    [Id(0)]
    public CallId Call;

    [Id(1)]
    public CallReply? Reply;
}
