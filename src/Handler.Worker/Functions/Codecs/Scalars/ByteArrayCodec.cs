using System.Buffers;

namespace Handler.Functions;

internal sealed class ByteArrayCodec : ValueCodec<byte[]?>
{
    public override void Write(IBufferWriter<byte> writer, byte[]? value)
    {
        if (value is null)
        {
            writer.WriteByte((byte)ValueKind.Null);
            return;
        }

        writer.WriteByte((byte)ValueKind.Bytes);
        writer.WriteBlock(value);
    }

    public override byte[]? Read(ref PayloadReader reader)
    {
        switch ((ValueKind)reader.ReadByte())
        {
            case ValueKind.Null:
                return null;
            case ValueKind.Bytes:
                var bytes = reader.ReadBlock();
                ReadBudget.Charge(bytes.Length);
                return bytes.ToArray();
            case var other:
                throw Unexpected(other);
        }
    }
}
