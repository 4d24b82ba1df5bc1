using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary><see cref="StopRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.Stop")]
[Immutable]
internal struct StopWire
{
    [Id(0)]
    public int Cause;

    [Id(1)]
    public string? Reason;

    [Id(2)]
    public bool Immediately;
}

[RegisterConverter]
internal sealed class StopConverter : IConverter<StopRequest, StopWire>
{
    public StopRequest ConvertFromSurrogate(in StopWire wire)
        => new(new JobKilled(WireGuard.Enum<KillCause>(wire.Cause), WireGuard.NotNull(wire.Reason, nameof(wire.Reason))), wire.Immediately);

    public StopWire ConvertToSurrogate(in StopRequest value)
        => new()
        {
            Cause = (int)value.Why.Cause,
            Reason = value.Why.Reason,
            Immediately = value.Immediately,
        };
}
