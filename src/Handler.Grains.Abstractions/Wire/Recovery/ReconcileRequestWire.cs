using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="ReconcileRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.ReconcileRequest")]
[Immutable]
internal struct ReconcileRequestWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public long Epoch;

    [Id(2)]
    public ShareId[]? Shares;
}

[RegisterConverter]
internal sealed class ReconcileRequestConverter : IConverter<ReconcileRequest, ReconcileRequestWire>
{
    public ReconcileRequest ConvertFromSurrogate(in ReconcileRequestWire wire)
        => new(WireGuard.NotNull(wire.Pool, nameof(wire.Pool)), wire.Epoch, WireGuard.NotNull(wire.Shares, nameof(wire.Shares)));

    public ReconcileRequestWire ConvertToSurrogate(in ReconcileRequest value)
        => new()
        {
            Pool = value.Pool,
            Epoch = value.Epoch,
            Shares = [.. value.Shares],
        };
}
