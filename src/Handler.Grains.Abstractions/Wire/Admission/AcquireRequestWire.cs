using Handler.FairShare;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="AcquireRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.AcquireRequest")]
[Immutable]
internal struct AcquireRequestWire
{
    [Id(0)]
    public JobId Job;

    [Id(1)]
    public string? Node;

    [Id(2)]
    public ulong Route;

    [Id(3)]
    public long Seen;

    [Id(4)]
    public string? Name;

    [Id(5)]
    public long Bytes;

    [Id(6)]
    public int Priority;

    [Id(7)]
    public TimeSpan Wait;

    [Id(8)]
    public TimeSpan Budget;

    [Id(9)]
    public string? SelectorArgument;

    [Id(10)]
    public PoolPath? From;

    [Id(11)]
    public bool IsTrial;
}

[RegisterConverter]
internal sealed class AcquireRequestConverter : IConverter<AcquireRequest, AcquireRequestWire>
{
    public AcquireRequest ConvertFromSurrogate(in AcquireRequestWire wire) => new()
    {
        Job = wire.Job,
        Node = new NodeId(WireGuard.NotNull(wire.Node, nameof(wire.Node))),
        Route = wire.Route,
        Seen = wire.Seen,
        Name = wire.Name,
        Bytes = wire.Bytes,
        Priority = wire.Priority,
        Wait = wire.Wait,
        Budget = wire.Budget,
        SelectorArgument = wire.SelectorArgument,
        From = wire.From,
        IsTrial = wire.IsTrial,
    };

    public AcquireRequestWire ConvertToSurrogate(in AcquireRequest value) => new()
    {
        Job = value.Job,
        Node = value.Node.Value,
        Route = value.Route,
        Seen = value.Seen,
        Name = value.Name,
        Bytes = value.Bytes,
        Priority = value.Priority,
        Wait = value.Wait,
        Budget = value.Budget,
        SelectorArgument = value.SelectorArgument,
        From = value.From,
        IsTrial = value.IsTrial,
    };
}
