using System.Buffers;
using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>Enums, as their underlying number.</summary>
internal sealed class EnumCodec<T, TNumber> : ValueCodec<T>
    where T : unmanaged, Enum
    where TNumber : unmanaged
{
    private readonly ValueCodec<TNumber> number = (ValueCodec<TNumber>)PrimitiveCodecs.For(typeof(TNumber))!;

    public override void Write(IBufferWriter<byte> writer, T value) => number.Write(writer, Unsafe.BitCast<T, TNumber>(value));

    public override T Read(ref PayloadReader reader) => Unsafe.BitCast<TNumber, T>(number.Read(ref reader));
}

internal sealed class NullableCodec<T>(ValueCodecs codecs) : ValueCodec<T?>
    where T : struct
{
    private readonly ValueCodec<T> value = codecs.Get<T>();

    public override void Write(IBufferWriter<byte> writer, T? value)
    {
        if (value is { } present)
            this.value.Write(writer, present);
        else
            writer.WriteByte((byte)ValueKind.Null);
    }

    public override T? Read(ref PayloadReader reader)
    {
        if (reader.PeekByte() != (byte)ValueKind.Null)
            return value.Read(ref reader);
        reader.ReadByte();
        return null;
    }
}

/// <summary>A <see cref="Type"/>, by name.</summary>
internal sealed class TypeCodec(TypeGate gate) : ValueCodec<Type?>
{
    public override void Write(IBufferWriter<byte> writer, Type? value)
    {
        if (value is null)
        {
            writer.WriteByte((byte)ValueKind.Null);
            return;
        }

        writer.WriteByte((byte)ValueKind.Type);
        TypeReference.Write(writer, value);
    }

    public override Type? Read(ref PayloadReader reader)
    {
        switch ((ValueKind)reader.ReadByte())
        {
            case ValueKind.Null:
                return null;
            case ValueKind.Type:
                return ReadType(ref reader);
            case var other:
                throw Unexpected(other);
        }
    }

    private Type ReadType(ref PayloadReader reader)
    {
        try
        {
            return TypeReference.Read(ref reader, gate);
        }
        catch (Exception e) when (e is not (FormatException or OutOfMemoryException))
        {
            throw new FormatException($"The payload names a type that is not available: {e.Message}", e);
        }
    }
}

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

/// <summary>All other types: the length and the bytes from the job serializer.</summary>
internal sealed class SerializedCodec<T>(ValueCodecs codecs) : ValueCodec<T?>
{
    public override void Write(IBufferWriter<byte> writer, T? value)
    {
        if (value is null)
        {
            writer.WriteByte((byte)ValueKind.Null);
            return;
        }

        if (writer is ResultBuffer result)
        {
            // The block is written in place, because a copy would double the memory.
            result.WriteByte((byte)ValueKind.Serialized);
            var block = result.BeginBlock();
            codecs.Serializer.Serialize(result, value);
            result.EndBlock(block);
            return;
        }

        using var scratch = ScratchBuffer.Rent();
        codecs.Serializer.Serialize(scratch.Writer, value);
        writer.WriteByte((byte)ValueKind.Serialized);
        writer.WriteBlock(scratch.Writer.WrittenSpan);
    }

    public override T? Read(ref PayloadReader reader)
    {
        switch ((ValueKind)reader.ReadByte())
        {
            // Only a forged payload can contain null here for a value type.
            case ValueKind.Null when default(T) is null:
                return default;
            case ValueKind.Serialized:
                var bytes = reader.ReadBlock();
                try
                {
                    return codecs.Serializer.Deserialize<T>(bytes);
                }
                catch (Exception e) when (e is not FormatException)
                {
                    throw new FormatException($"A value of type {TypeName.Of(typeof(T))} cannot be read from the payload: {e.Message}", e);
                }

            case var other:
                throw Unexpected(other);
        }
    }
}
