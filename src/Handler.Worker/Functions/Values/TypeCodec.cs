using System.Buffers;

namespace Handler.Functions;

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
        catch (Exception exception) when (exception is not (FormatException or OutOfMemoryException))
        {
            throw new FormatException($"The payload names a type that is not available: {exception.Message}", exception);
        }
    }
}
