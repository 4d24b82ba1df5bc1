using Handler.Pools;

namespace Handler.Grains.Wire;

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

    [Id(5)]
    public bool HasTurnLeft;
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
            HasTurnLeft = value.Outcome.HasTurnLeft,
        };

    private static LeaseOutcome OutcomeOf(in ReleaseRequestWire wire)
    {
        if (wire.Kind == 0)
            return LeaseOutcome.Withdrawn;
        var kind = WireGuard.Enum<JobOutcomeKind>(wire.Kind);
        var reason = kind == JobOutcomeKind.Rejected ? WireGuard.Enum<RejectReason>(wire.Reason) : default;
        return new LeaseOutcome(kind, reason) { HasTurnLeft = wire.HasTurnLeft };
    }
}
