using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary><see cref="JobRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.JobRequest")]
[Immutable]
internal struct JobRequestWire
{
    [Id(0)]
    public CallId Call;

    [Id(1)]
    public string? Pool;

    [Id(2)]
    public ReadOnlyMemory<byte> Function;

    [Id(3)]
    public bool ReplyWhenAdmitted;

    [Id(4)]
    public bool HandedOver;

    [Id(5)]
    public TimeSpan Timeout;

    [Id(6)]
    public long MaxHeapBytes;

    [Id(7)]
    public long? MaxResidentBytes;

    [Id(8)]
    public TimeSpan CancellationGrace;

    [Id(9)]
    public bool CaptureOutput;

    [Id(10)]
    public string? Name;

    [Id(11)]
    public TimeSpan PoolTimeout;

    [Id(12)]
    public TimeSpan Wait;

    [Id(13)]
    public int Priority;

    [Id(14)]
    public string? SelectorArgument;

    [Id(15)]
    public TimeSpan? CpuTime;

    [Id(16)]
    public int? MaxProcesses;

    [Id(17)]
    public long? MaxFileBytes;
}

[RegisterConverter]
internal sealed class JobRequestConverter : IConverter<JobRequest, JobRequestWire>
{
    public JobRequest ConvertFromSurrogate(in JobRequestWire wire) => new()
    {
        Call = wire.Call,
        Pool = wire.Pool,
        Function = wire.Function,
        ReplyWhenAdmitted = wire.ReplyWhenAdmitted,
        HandedOver = wire.HandedOver,
        Options = OptionsOf(wire),
    };

    public JobRequestWire ConvertToSurrogate(in JobRequest value) => new()
    {
        Call = value.Call,
        Pool = value.Pool,
        Function = value.Function,
        ReplyWhenAdmitted = value.ReplyWhenAdmitted,
        HandedOver = value.HandedOver,
        Timeout = value.Options.Timeout,
        MaxHeapBytes = value.Options.MaxHeapBytes,
        MaxResidentBytes = value.Options.MaxResidentBytes,
        CancellationGrace = value.Options.CancellationGrace,
        CaptureOutput = value.Options.CaptureOutput,
        Name = value.Options.Name,
        PoolTimeout = value.Options.PoolTimeout,
        Wait = value.Options.Wait,
        Priority = value.Options.Priority,
        SelectorArgument = value.Options.SelectorArgument,
        CpuTime = value.Options.CpuTime,
        MaxProcesses = value.Options.MaxProcesses,
        MaxFileBytes = value.Options.MaxFileBytes,
    };

    /// <summary>Checks the ranges again, because a client of another version may allow other ranges.</summary>
    private static JobOptions OptionsOf(in JobRequestWire wire)
    {
        var options = new JobOptions
        {
            Timeout = wire.Timeout,
            MaxHeapBytes = wire.MaxHeapBytes,
            MaxResidentBytes = wire.MaxResidentBytes,
            CancellationGrace = wire.CancellationGrace,
            CaptureOutput = wire.CaptureOutput,
            Name = wire.Name,
            PoolTimeout = wire.PoolTimeout,
            Wait = wire.Wait,
            Priority = wire.Priority,
            SelectorArgument = wire.SelectorArgument,
            CpuTime = wire.CpuTime,
            MaxProcesses = wire.MaxProcesses,
            MaxFileBytes = wire.MaxFileBytes,
        };
        options.Validate();
        return options;
    }
}
