namespace Handler.Grains.Wire;

/// <summary><see cref="JobId"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.JobId")]
[Immutable]
internal struct JobIdWire
{
    [Id(0)]
    public ulong Scope;

    [Id(1)]
    public ulong Sequence;
}

[RegisterConverter]
internal sealed class JobIdConverter : IConverter<JobId, JobIdWire>
{
    public JobId ConvertFromSurrogate(in JobIdWire wire) => new(wire.Scope, wire.Sequence);

    public JobIdWire ConvertToSurrogate(in JobId value) => new() { Scope = value.Scope, Sequence = value.Sequence };
}
