using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="InventoryRequest"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.InventoryRequest")]
[Immutable]
internal struct InventoryRequestWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public long Epoch;
}

[RegisterConverter]
internal sealed class InventoryRequestConverter : IConverter<InventoryRequest, InventoryRequestWire>
{
    public InventoryRequest ConvertFromSurrogate(in InventoryRequestWire wire)
        => new(WireGuard.NotNull(wire.Pool, nameof(wire.Pool)), wire.Epoch);

    public InventoryRequestWire ConvertToSurrogate(in InventoryRequest value) => new() { Pool = value.Pool, Epoch = value.Epoch };
}

/// <summary><see cref="InventoryReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.InventoryReply")]
[Immutable]
internal struct InventoryReplyWire
{
    [Id(0)]
    public long Epoch;

    [Id(1)]
    public InventoryItem[]? Jobs;
}

[RegisterConverter]
internal sealed class InventoryReplyConverter : IConverter<InventoryReply, InventoryReplyWire>
{
    public InventoryReply ConvertFromSurrogate(in InventoryReplyWire wire)
        => new(wire.Epoch, WireGuard.NotNull(wire.Jobs, nameof(wire.Jobs)));

    public InventoryReplyWire ConvertToSurrogate(in InventoryReply value) => new() { Epoch = value.Epoch, Jobs = [.. value.Jobs] };
}

/// <summary><see cref="InventoryItem"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.InventoryItem")]
[Immutable]
internal struct InventoryItemWire
{
    [Id(0)]
    public JobId Job;

    [Id(1)]
    public ulong Route;

    [Id(2)]
    public string? Name;

    [Id(3)]
    public long Bytes;

    [Id(4)]
    public PoolChain? Above;
}

[RegisterConverter]
internal sealed class InventoryItemConverter : IConverter<InventoryItem, InventoryItemWire>
{
    public InventoryItem ConvertFromSurrogate(in InventoryItemWire wire) => new(wire.Job, wire.Route, wire.Name, wire.Bytes, wire.Above);

    public InventoryItemWire ConvertToSurrogate(in InventoryItem value)
        => new() { Job = value.Job, Route = value.Route, Name = value.Name, Bytes = value.Bytes, Above = value.Above };
}

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

/// <summary><see cref="KillReply"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.KillReply")]
[Immutable]
internal struct KillReplyWire
{
    [Id(0)]
    public int Killed;

    [Id(1)]
    public int UnreachedNodes;
}

[RegisterConverter]
internal sealed class KillReplyConverter : IConverter<KillReply, KillReplyWire>
{
    public KillReply ConvertFromSurrogate(in KillReplyWire wire) => new(wire.Killed, wire.UnreachedNodes);

    public KillReplyWire ConvertToSurrogate(in KillReply value) => new() { Killed = value.Killed, UnreachedNodes = value.UnreachedNodes };
}
