using System.Buffers;

namespace Handler.Functions;

internal sealed class BooleanCodec : ValueCodec<bool>
{
    public override void Write(IBufferWriter<byte> writer, bool value)
    {
        writer.WriteByte((byte)ValueKind.Boolean);
        writer.WriteByte(value ? (byte)1 : (byte)0);
    }

    public override bool Read(ref PayloadReader reader)
    {
        Expect(ref reader, ValueKind.Boolean);
        return reader.ReadByte() switch
        {
            0 => false,
            1 => true,
            var other => throw new FormatException($"{other} is not a boolean."),
        };
    }
}
