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
    };
}

/// <summary><see cref="AcquireReply"/> on the wire: a chain, or a reject.</summary>
[GenerateSerializer]
[Alias("handler.AcquireReply")]
[Immutable]
internal struct AcquireReplyWire
{
    [Id(0)]
    public PoolChain? Chain;

    [Id(1)]
    public JobRejected? Reject;
}

[RegisterConverter]
internal sealed class AcquireReplyConverter : IConverter<AcquireReply, AcquireReplyWire>
{
    public AcquireReply ConvertFromSurrogate(in AcquireReplyWire wire)
        => wire.Chain is { } chain ? AcquireReply.Yes(chain) : AcquireReply.No(WireGuard.NotNull(wire.Reject, nameof(wire.Reject)));

    public AcquireReplyWire ConvertToSurrogate(in AcquireReply value) => new() { Chain = value.Chain, Reject = value.Reject };
}

/// <summary><see cref="PoolChain"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolChain")]
[Immutable]
internal struct PoolChainWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public long Epoch;

    [Id(2)]
    public ulong Route;

    [Id(3)]
    public PoolChain? Above;
}

[RegisterConverter]
internal sealed class PoolChainConverter : IConverter<PoolChain, PoolChainWire>
{
    public PoolChain ConvertFromSurrogate(in PoolChainWire wire)
        => new(WireGuard.NotNull(wire.Pool, nameof(wire.Pool)), wire.Epoch, wire.Route, wire.Above);

    public PoolChainWire ConvertToSurrogate(in PoolChain value)
        => new()
        {
            Pool = value.Pool,
            Epoch = value.Epoch,
            Route = value.Route,
            Above = value.Above,
        };
}

/// <summary><see cref="ReleaseRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.ReleaseRequest")]
[Immutable]
internal struct ReleaseRequestWire
{
    [Id(0)]
    public JobId Job;

    [Id(1)]
    public ulong Route;

    /// <summary>0 if the request was withdrawn.</summary>
    [Id(2)]
    public int Kind;

    /// <summary>0 unless the job's node rejected it.</summary>
    [Id(3)]
    public int Reason;

    [Id(4)]
    public long Seen;
}

[RegisterConverter]
internal sealed class ReleaseRequestConverter : IConverter<ReleaseRequest, ReleaseRequestWire>
{
    public ReleaseRequest ConvertFromSurrogate(in ReleaseRequestWire wire)
        => new(wire.Job, wire.Route, OutcomeOf(wire)) { Seen = wire.Seen };

    public ReleaseRequestWire ConvertToSurrogate(in ReleaseRequest value)
        => new()
        {
            Job = value.Job,
            Route = value.Route,
            Kind = (int)value.Outcome.Kind,
            Reason = (int)value.Outcome.Reason,
            Seen = value.Seen,
        };

    private static LeaseOutcome OutcomeOf(in ReleaseRequestWire wire)
    {
        if (wire.Kind == 0)
            return LeaseOutcome.Withdrawn;
        var kind = WireGuard.Enum<JobOutcomeKind>(wire.Kind);
        return new LeaseOutcome(kind, kind == JobOutcomeKind.Rejected ? WireGuard.Enum<RejectReason>(wire.Reason) : default);
    }
}

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
