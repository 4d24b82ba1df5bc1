namespace Handler.Grains.Wire;

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
