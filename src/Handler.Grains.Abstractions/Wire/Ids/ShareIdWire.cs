using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="ShareId"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.ShareId")]
[Immutable]
internal struct ShareIdWire
{
    [Id(0)]
    public JobId Job;

    [Id(1)]
    public ulong Route;
}

[RegisterConverter]
internal sealed class ShareIdConverter : IConverter<ShareId, ShareIdWire>
{
    public ShareId ConvertFromSurrogate(in ShareIdWire wire) => new(wire.Job, wire.Route);

    public ShareIdWire ConvertToSurrogate(in ShareId value) => new() { Job = value.Job, Route = value.Route };
}
