using Handler.Pools;

namespace Handler.Grains.Wire;

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
