using System.Buffers;

namespace Handler.Functions;

/// <summary>Writes and reads the values of one type, <see cref="ValueKind"/> first.</summary>
internal abstract class ValueCodec<T> : ValueCodec
{
    /// <exception cref="NotSupportedException">Reading the value back would give a different value.</exception>
    public abstract void Write(IBufferWriter<byte> writer, T value);

    /// <exception cref="FormatException">The bytes do not represent a value of this type.</exception>
    public abstract T Read(ref PayloadReader reader);

    public sealed override void WriteObject(IBufferWriter<byte> writer, object? value) => Write(writer, (T)value!);

    public sealed override object? ReadObject(ref PayloadReader reader) => Read(ref reader);

    protected static void Expect(ref PayloadReader reader, ValueKind kind)
    {
        var found = (ValueKind)reader.ReadByte();
        if (found != kind)
            throw Unexpected(found);
    }

    protected static FormatException Unexpected(ValueKind found)
        => new($"The payload has a value of kind {found} where one of type {TypeName.Of(typeof(T))} is expected.");
}
