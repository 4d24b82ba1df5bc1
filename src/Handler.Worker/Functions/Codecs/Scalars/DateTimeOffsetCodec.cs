using System.Buffers;

namespace Handler.Functions;

internal sealed class DateTimeOffsetCodec : ValueCodec<DateTimeOffset>
{
    public override void Write(IBufferWriter<byte> writer, DateTimeOffset value)
    {
        writer.WriteByte((byte)ValueKind.DateTimeOffset);
        writer.WriteInt64(value.Ticks);
        writer.WriteInt64(value.Offset.Ticks);
    }

    public override DateTimeOffset Read(ref PayloadReader reader)
    {
        Expect(ref reader, ValueKind.DateTimeOffset);
        return ValueRange.Checked((reader.ReadInt64(), reader.ReadInt64()), static ticks => new DateTimeOffset(
            ticks.Item1,
            new TimeSpan(ticks.Item2)));
    }
}
