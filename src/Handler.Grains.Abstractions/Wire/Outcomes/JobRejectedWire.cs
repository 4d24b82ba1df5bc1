namespace Handler.Grains.Wire;

/// <summary><see cref="JobRejected"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.JobRejected")]
[Immutable]
internal struct JobRejectedWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public int Reason;

    [Id(2)]
    public long Requested;

    [Id(3)]
    public long Used;

    [Id(4)]
    public long Limit;

    [Id(5)]
    public int Waiting;

    [Id(6)]
    public long Kept;

    [Id(7)]
    public string? Detail;

    [Id(8)]
    public string? KeptFor;
}

[RegisterConverter]
internal sealed class JobRejectedConverter : IConverter<JobRejected, JobRejectedWire>
{
    public JobRejected ConvertFromSurrogate(in JobRejectedWire wire) => FromWire(wire);

    public JobRejectedWire ConvertToSurrogate(in JobRejected value) => ToWire(value);

    public static JobRejected FromWire(in JobRejectedWire wire)
        => new(wire.Pool, WireGuard.Enum<RejectReason>(wire.Reason), wire.Requested, wire.Used, wire.Limit)
        {
            Waiting = wire.Waiting,
            Kept = wire.Kept,
            KeptFor = wire.KeptFor,
            Detail = wire.Detail,
        };

    public static JobRejectedWire ToWire(JobRejected value) => new()
    {
        Pool = value.Pool,
        Reason = (int)value.Reason,
        Requested = value.Requested,
        Used = value.Used,
        Limit = value.Limit,
        Waiting = value.Waiting,
        Kept = value.Kept,
        KeptFor = value.KeptFor,
        Detail = value.Detail,
    };
}
