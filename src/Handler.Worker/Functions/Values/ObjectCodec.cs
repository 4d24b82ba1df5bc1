using System.Buffers;

namespace Handler.Functions;

/// <summary>
/// A value declared as <see cref="object"/>: the compact kinds and other plain values, whose types are a fixed small set. With any other
/// type, the bytes could choose which type is created.
/// </summary>
internal sealed class ObjectCodec(ValueCodecs codecs) : ValueCodec<object?>
{
    /// <summary>The types by kind; null if the kind does not determine the type.</summary>
    private static readonly Type?[] Types =
    [
        null,
        null,
        typeof(bool),
        typeof(byte),
        typeof(sbyte),
        typeof(short),
        typeof(ushort),
        typeof(int),
        typeof(uint),
        typeof(long),
        typeof(ulong),
        typeof(float),
        typeof(double),
        typeof(decimal),
        typeof(char),
        typeof(Guid),
        typeof(DateTime),
        typeof(DateTimeOffset),
        typeof(TimeSpan),
        typeof(DateOnly),
        typeof(TimeOnly),
        typeof(string),
        typeof(string),
        typeof(byte[]),
    ];

    private readonly SerializedCodec<object> rest = new(codecs);

    public override void Write(IBufferWriter<byte> writer, object? value)
    {
        if (value is null)
            writer.WriteByte((byte)ValueKind.Null);
        else if (Array.IndexOf(Types, value.GetType()) >= 0)
            codecs.Get(value.GetType()).WriteObject(writer, value);
        else if (codecs.Serializer is JsonJobSerializer && ObjectConverter.Carries(value.GetType()))
            rest.Write(writer, value);
        else
            throw new NotSupportedException(ObjectConverter.Refusal(value.GetType()));
    }

    public override object? Read(ref PayloadReader reader)
    {
        var kind = reader.PeekByte();
        if (kind == (byte)ValueKind.Null)
        {
            reader.ReadByte();
            return null;
        }

        if (kind == (byte)ValueKind.Serialized && codecs.Serializer is JsonJobSerializer)
            return rest.Read(ref reader);
        return kind < Types.Length && Types[kind] is { } type ? codecs.Get(type).ReadObject(ref reader) : throw Unexpected((ValueKind)kind);
    }
}
