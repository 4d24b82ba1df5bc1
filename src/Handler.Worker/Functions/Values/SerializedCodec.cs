using System.Buffers;

namespace Handler.Functions;

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
                catch (Exception exception) when (exception is not FormatException)
                {
                    throw new FormatException(
                        $"A value of type {TypeName.Of(typeof(T))} cannot be read from the payload: {exception.Message}",
                        exception);
                }

            case var other:
                throw Unexpected(other);
        }
    }
}
