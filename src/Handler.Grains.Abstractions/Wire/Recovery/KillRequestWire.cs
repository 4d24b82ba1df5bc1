using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="KillRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.KillRequest")]
[Immutable]
internal struct KillRequestWire
{
    [Id(0)]
    public Guid Kill;

    [Id(1)]
    public string? Pool;

    [Id(2)]
    public JobId[]? Jobs;

    [Id(3)]
    public string? Reason;

    [Id(4)]
    public KillTarget Target;
}

[RegisterConverter]
internal sealed class KillRequestConverter : IConverter<KillRequest, KillRequestWire>
{
    public KillRequest ConvertFromSurrogate(in KillRequestWire wire)
        => new(
            wire.Kill,
            WireGuard.NotNull(wire.Pool, nameof(wire.Pool)),
            wire.Jobs,
            wire.Target,
            WireGuard.NotNull(wire.Reason, nameof(wire.Reason)));

    public KillRequestWire ConvertToSurrogate(in KillRequest value)
        => new()
        {
            Kill = value.Id,
            Pool = value.Pool,
            Jobs = value.Jobs is { } jobs ? [.. jobs] : null,
            Target = value.Target,
            Reason = value.Reason,
        };
}
