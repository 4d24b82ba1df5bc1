namespace Handler.Grains.Wire;

/// <summary><see cref="JobOutput"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.JobOutput")]
[Immutable]
internal struct JobOutputWire
{
    [Id(0)]
    public string? StandardOutput;

    [Id(1)]
    public string? StandardError;

    [Id(2)]
    public bool Truncated;
}

[RegisterConverter]
internal sealed class JobOutputConverter : IConverter<JobOutput, JobOutputWire>
{
    public JobOutput ConvertFromSurrogate(in JobOutputWire wire)
        => new(wire.StandardOutput ?? "", wire.StandardError ?? "", wire.Truncated);

    public JobOutputWire ConvertToSurrogate(in JobOutput value)
        => new() { StandardOutput = value.StandardOutput, StandardError = value.StandardError, Truncated = value.Truncated };
}
