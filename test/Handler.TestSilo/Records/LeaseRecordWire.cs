using Handler.Cluster;

namespace Handler.TestSilo;

/// <summary><see cref="LeaseRecord"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.test.LeaseRecord")]
[Immutable]
internal struct LeaseRecordWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public JobId Job;

    [Id(2)]
    public long Bytes;
}

[RegisterConverter]
internal sealed class LeaseRecordConverter : IConverter<LeaseRecord, LeaseRecordWire>
{
    public LeaseRecord ConvertFromSurrogate(in LeaseRecordWire wire)
        => new(wire.Pool!, wire.Job, wire.Bytes);

    public LeaseRecordWire ConvertToSurrogate(in LeaseRecord value) => new() { Pool = value.Pool, Job = value.Job, Bytes = value.Bytes };
}
