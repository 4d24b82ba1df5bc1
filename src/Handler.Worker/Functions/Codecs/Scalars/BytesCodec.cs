using System.Buffers;

namespace Handler.Functions;

/// <summary>Blocks of memory: their bytes, not their location.</summary>
internal sealed class BytesCodec<T>(Func<T, ReadOnlyMemory<byte>> toBytes, Func<byte[], T> fromBytes) : ValueCodec<T>
{
    public override void Write(IBufferWriter<byte> writer, T value)
    {
        writer.WriteByte((byte)ValueKind.Bytes);
        writer.WriteBlock(toBytes(value).Span);
    }

    public override T Read(ref PayloadReader reader)
    {
        Expect(ref reader, ValueKind.Bytes);
        var bytes = reader.ReadBlock();
        ReadBudget.Charge(bytes.Length);
        return fromBytes(bytes.ToArray());
    }
}
