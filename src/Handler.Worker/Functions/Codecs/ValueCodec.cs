using System.Buffers;

namespace Handler.Functions;

/// <summary>Writes and reads the values of one type, <see cref="ValueKind"/> first.</summary>
internal abstract class ValueCodec
{
    public abstract void WriteObject(IBufferWriter<byte> writer, object? value);

    public abstract object? ReadObject(ref PayloadReader reader);
}
