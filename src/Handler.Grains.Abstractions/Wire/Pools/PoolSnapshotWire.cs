namespace Handler.Grains.Wire;

/// <summary><see cref="PoolSnapshot"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolSnapshot")]
[Immutable]
internal struct PoolSnapshotWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public long Epoch;

    [Id(2)]
    public int MaxWorkers;

    [Id(3)]
    public long MaxMemoryBytes;

    [Id(4)]
    public int UsedWorkers;

    [Id(5)]
    public long UsedBytes;

    [Id(6)]
    public int HeldWorkers;

    [Id(7)]
    public long HeldBytes;

    [Id(8)]
    public int Waiting;

    [Id(9)]
    public long Admitted;

    [Id(10)]
    public Dictionary<int, long>? Rejected;

    [Id(11)]
    public Dictionary<int, long>? Outcomes;

    [Id(12)]
    public long Withdrawn;

    [Id(13)]
    public RunningJob[]? Running;

    [Id(14)]
    public int ReservedWorkers;

    [Id(15)]
    public long ReservedMemoryBytes;

    [Id(16)]
    public int KeptWorkers;

    [Id(17)]
    public long KeptBytes;
}

[RegisterConverter]
internal sealed class PoolSnapshotConverter : IConverter<PoolSnapshot, PoolSnapshotWire>
{
    public PoolSnapshot ConvertFromSurrogate(in PoolSnapshotWire wire) => new()
    {
        Pool = WireGuard.NotNull(wire.Pool, nameof(wire.Pool)),
        Epoch = wire.Epoch,
        MaxWorkers = wire.MaxWorkers,
        MaxMemoryBytes = wire.MaxMemoryBytes,
        UsedWorkers = wire.UsedWorkers,
        UsedBytes = wire.UsedBytes,
        HeldWorkers = wire.HeldWorkers,
        HeldBytes = wire.HeldBytes,
        ReservedWorkers = wire.ReservedWorkers,
        ReservedMemoryBytes = wire.ReservedMemoryBytes,
        KeptWorkers = wire.KeptWorkers,
        KeptBytes = wire.KeptBytes,
        Waiting = wire.Waiting,
        Totals = new PoolTotals
        {
            Admitted = wire.Admitted,
            Rejected = (wire.Rejected ?? []).ToDictionary(pair => WireGuard.Enum<RejectReason>(pair.Key), pair => pair.Value),
            Outcomes = (wire.Outcomes ?? []).ToDictionary(pair => WireGuard.Enum<JobOutcomeKind>(pair.Key), pair => pair.Value),
            Withdrawn = wire.Withdrawn,
        },
        Running = wire.Running ?? [],
    };

    public PoolSnapshotWire ConvertToSurrogate(in PoolSnapshot value) => new()
    {
        Pool = value.Pool,
        Epoch = value.Epoch,
        MaxWorkers = value.MaxWorkers,
        MaxMemoryBytes = value.MaxMemoryBytes,
        UsedWorkers = value.UsedWorkers,
        UsedBytes = value.UsedBytes,
        HeldWorkers = value.HeldWorkers,
        HeldBytes = value.HeldBytes,
        ReservedWorkers = value.ReservedWorkers,
        ReservedMemoryBytes = value.ReservedMemoryBytes,
        KeptWorkers = value.KeptWorkers,
        KeptBytes = value.KeptBytes,
        Waiting = value.Waiting,
        Admitted = value.Totals.Admitted,
        Rejected = value.Totals.Rejected.ToDictionary(pair => (int)pair.Key, pair => pair.Value),
        Outcomes = value.Totals.Outcomes.ToDictionary(pair => (int)pair.Key, pair => pair.Value),
        Withdrawn = value.Totals.Withdrawn,
        Running = [.. value.Running],
    };
}
