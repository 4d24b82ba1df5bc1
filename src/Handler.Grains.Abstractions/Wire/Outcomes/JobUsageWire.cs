namespace Handler.Grains.Wire;

/// <summary><see cref="JobUsage"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.JobUsage")]
[Immutable]
internal struct JobUsageWire
{
    [Id(0)]
    public TimeSpan RunTime;

    [Id(1)]
    public TimeSpan CpuTime;

    [Id(2)]
    public TimeSpan QueueTime;

    [Id(3)]
    public long PeakManagedBytes;

    [Id(4)]
    public long PeakResidentBytes;

    [Id(5)]
    public int WorkerPid;

    [Id(6)]
    public long AttemptId;

    [Id(7)]
    public int PeakProcesses;

    [Id(8)]
    public int? MemoryEnforcer;
}

[RegisterConverter]
internal sealed class JobUsageConverter : IConverter<JobUsage, JobUsageWire>
{
    public JobUsage ConvertFromSurrogate(in JobUsageWire wire) => new()
    {
        RunTime = wire.RunTime,
        CpuTime = wire.CpuTime,
        QueueTime = wire.QueueTime,
        PeakManagedBytes = wire.PeakManagedBytes,
        PeakResidentBytes = wire.PeakResidentBytes,
        WorkerPid = wire.WorkerPid,
        AttemptId = wire.AttemptId,
        PeakProcesses = wire.PeakProcesses,
        MemoryEnforcer = wire.MemoryEnforcer is { } enforcer ? WireGuard.Enum<LimitEnforcer>(enforcer) : null,
    };

    public JobUsageWire ConvertToSurrogate(in JobUsage value) => new()
    {
        RunTime = value.RunTime,
        CpuTime = value.CpuTime,
        QueueTime = value.QueueTime,
        PeakManagedBytes = value.PeakManagedBytes,
        PeakResidentBytes = value.PeakResidentBytes,
        WorkerPid = value.WorkerPid,
        AttemptId = value.AttemptId,
        PeakProcesses = value.PeakProcesses,
        MemoryEnforcer = (int?)value.MemoryEnforcer,
    };
}
