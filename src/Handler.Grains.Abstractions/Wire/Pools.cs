using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="PoolConfiguration"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolConfiguration")]
[Immutable]
internal struct PoolConfigurationWire
{
    [Id(0)]
    public StoredConfiguration? Configuration;
}

[RegisterConverter]
internal sealed class PoolConfigurationConverter : IConverter<PoolConfiguration, PoolConfigurationWire>
{
    public PoolConfiguration ConvertFromSurrogate(in PoolConfigurationWire wire)
        => WireGuard.NotNull(wire.Configuration, nameof(wire.Configuration)).ToConfiguration();

    public PoolConfigurationWire ConvertToSurrogate(in PoolConfiguration value) => new() { Configuration = StoredConfiguration.Of(value) };
}

/// <summary><see cref="VersionedPool"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.VersionedPool")]
[Immutable]
internal struct VersionedPoolWire
{
    [Id(0)]
    public PoolConfiguration? Configuration;

    [Id(1)]
    public long Version;
}

[RegisterConverter]
internal sealed class VersionedPoolConverter : IConverter<VersionedPool, VersionedPoolWire>
{
    public VersionedPool ConvertFromSurrogate(in VersionedPoolWire wire)
        => new(WireGuard.NotNull(wire.Configuration, nameof(wire.Configuration)), wire.Version);

    public VersionedPoolWire ConvertToSurrogate(in VersionedPool value)
        => new() { Configuration = value.Configuration, Version = value.Version };
}

/// <summary><see cref="PoolChange"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolChange")]
[Immutable]
internal struct PoolChangeWire
{
    [Id(0)]
    public bool Done;

    [Id(1)]
    public string[]? Errors;
}

[RegisterConverter]
internal sealed class PoolChangeConverter : IConverter<PoolChange, PoolChangeWire>
{
    public PoolChange ConvertFromSurrogate(in PoolChangeWire wire) => new(wire.Done, wire.Errors ?? []);

    public PoolChangeWire ConvertToSurrogate(in PoolChange value) => new() { Done = value.Done, Errors = [.. value.Errors] };
}

/// <summary><see cref="KillTarget"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.KillTarget")]
[Immutable]
internal struct KillTargetWire
{
    [Id(0)]
    public string? Name;

    [Id(1)]
    public JobId? Job;
}

[RegisterConverter]
internal sealed class KillTargetConverter : IConverter<KillTarget, KillTargetWire>
{
    public KillTarget ConvertFromSurrogate(in KillTargetWire wire) => new(wire.Name, wire.Job);

    public KillTargetWire ConvertToSurrogate(in KillTarget value) => new() { Name = value.Name, Job = value.Job };
}

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
    public Dictionary<int, long>? Ended;

    [Id(12)]
    public long Withdrawn;

    [Id(13)]
    public RunningJob[]? Running;
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
        Waiting = wire.Waiting,
        Totals = new PoolTotals
        {
            Admitted = wire.Admitted,
            Rejected = (wire.Rejected ?? []).ToDictionary(pair => WireGuard.Enum<RejectReason>(pair.Key), pair => pair.Value),
            Ended = (wire.Ended ?? []).ToDictionary(pair => WireGuard.Enum<JobOutcomeKind>(pair.Key), pair => pair.Value),
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
        Waiting = value.Waiting,
        Admitted = value.Totals.Admitted,
        Rejected = value.Totals.Rejected.ToDictionary(pair => (int)pair.Key, pair => pair.Value),
        Ended = value.Totals.Ended.ToDictionary(pair => (int)pair.Key, pair => pair.Value),
        Withdrawn = value.Totals.Withdrawn,
        Running = [.. value.Running],
    };
}

/// <summary><see cref="RunningJob"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.RunningJob")]
[Immutable]
internal struct RunningJobWire
{
    [Id(0)]
    public JobId Job;

    [Id(1)]
    public string? Name;

    [Id(2)]
    public string? Node;

    [Id(3)]
    public long Bytes;

    [Id(4)]
    public TimeSpan Age;
}

[RegisterConverter]
internal sealed class RunningJobConverter : IConverter<RunningJob, RunningJobWire>
{
    public RunningJob ConvertFromSurrogate(in RunningJobWire wire)
        => new(wire.Job, wire.Name, WireGuard.NotNull(wire.Node, nameof(wire.Node)), wire.Bytes, wire.Age);

    public RunningJobWire ConvertToSurrogate(in RunningJob value)
        => new() { Job = value.Job, Name = value.Name, Node = value.Node, Bytes = value.Bytes, Age = value.Age };
}

/// <summary><see cref="PoolSupersededException"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolSuperseded")]
[Immutable]
internal struct PoolSupersededWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public long Epoch;
}

[RegisterConverter]
internal sealed class PoolSupersededConverter : IConverter<PoolSupersededException, PoolSupersededWire>
{
    public PoolSupersededException ConvertFromSurrogate(in PoolSupersededWire wire)
        => new(WireGuard.NotNull(wire.Pool, nameof(wire.Pool)), wire.Epoch);

    public PoolSupersededWire ConvertToSurrogate(in PoolSupersededException value) => new() { Pool = value.Pool, Epoch = value.Epoch };
}
