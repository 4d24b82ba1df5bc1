using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="ReconcileReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.ReconcileReply")]
[Immutable]
internal struct ReconcileReplyWire
{
    [Id(0)]
    public long Epoch;

    [Id(1)]
    public ShareId[]? Unknown;
}

[RegisterConverter]
internal sealed class ReconcileReplyConverter : IConverter<ReconcileReply, ReconcileReplyWire>
{
    public ReconcileReply ConvertFromSurrogate(in ReconcileReplyWire wire)
        => new(wire.Epoch, WireGuard.NotNull(wire.Unknown, nameof(wire.Unknown)));

    public ReconcileReplyWire ConvertToSurrogate(in ReconcileReply value) => new() { Epoch = value.Epoch, Unknown = [.. value.Unknown] };
}
