using System.Buffers;

namespace Handler.Functions;

internal sealed class DateTimeCodec : ValueCodec<DateTime>
{
    public override void Write(IBufferWriter<byte> writer, DateTime value)
    {
        writer.WriteByte((byte)ValueKind.DateTime);
        writer.WriteInt64(value.ToBinary());
    }

    public override DateTime Read(ref PayloadReader reader)
    {
        Expect(ref reader, ValueKind.DateTime);
        return ValueRange.Checked(reader.ReadInt64(), DateTime.FromBinary);
    }
}
