using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary><see cref="PoolChange"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolChange")]
[Immutable]
internal struct PoolChangeWire
{
    [Id(0)]
    public bool Done;

    [Id(1)]
    public string[]? Errors;
}

[RegisterConverter]
internal sealed class PoolChangeConverter : IConverter<PoolChange, PoolChangeWire>
{
    public PoolChange ConvertFromSurrogate(in PoolChangeWire wire) => new(wire.Done, wire.Errors ?? []);

    public PoolChangeWire ConvertToSurrogate(in PoolChange value) => new() { Done = value.Done, Errors = [.. value.Errors] };
}
