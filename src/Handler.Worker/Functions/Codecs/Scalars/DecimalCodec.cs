using System.Buffers;

namespace Handler.Functions;

internal sealed class DecimalCodec : ValueCodec<decimal>
{
    public override void Write(IBufferWriter<byte> writer, decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        writer.WriteByte((byte)ValueKind.Decimal);
        foreach (var part in parts)
            writer.WriteInt32(part);
    }

    public override decimal Read(ref PayloadReader reader)
    {
        Expect(ref reader, ValueKind.Decimal);
        ReadOnlySpan<int> parts = [reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()];
        return ValueRange.Checked(parts, static parts => new decimal(parts));
    }
}
