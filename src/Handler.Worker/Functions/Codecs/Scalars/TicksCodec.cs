using System.Buffers;

namespace Handler.Functions;

/// <summary>Types that consist of one number with a range.</summary>
internal sealed class TicksCodec<T>(ValueKind kind, Func<T, long> toTicks, Func<long, T> fromTicks) : ValueCodec<T>
{
    public override void Write(IBufferWriter<byte> writer, T value)
    {
        writer.WriteByte((byte)kind);
        writer.WriteInt64(toTicks(value));
    }

    public override T Read(ref PayloadReader reader)
    {
        Expect(ref reader, kind);
        return ValueRange.Checked(reader.ReadInt64(), fromTicks);
    }
}
