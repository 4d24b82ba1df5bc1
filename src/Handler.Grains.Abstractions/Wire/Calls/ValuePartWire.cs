using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary><see cref="ValuePart"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.ValuePart")]
[Immutable]
internal struct ValuePartWire
{
    [Id(0)]
    public ReadOnlyMemory<byte> Bytes;
}

[RegisterConverter]
internal sealed class ValuePartConverter : IConverter<ValuePart, ValuePartWire>
{
    public ValuePart ConvertFromSurrogate(in ValuePartWire wire) => new(wire.Bytes);

    public ValuePartWire ConvertToSurrogate(in ValuePart value) => new() { Bytes = value.Bytes };
}
