using System.Buffers;

namespace Handler.Functions;

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
