using System.Buffers;

namespace Handler.Functions;

/// <summary>The bytes of a function's result: no bytes for a function without a result, otherwise its value.</summary>
internal sealed class ResultCodec<T>(ValueCodecs codecs)
{
    /// <summary>Whether reading costs no more than copying the bytes.</summary>
    public static readonly bool IsCopy = typeof(T) == typeof(NoValue) || PrimitiveCodecs.For(typeof(T)) is not null;

    private ValueCodec<T>? codec;

    public void Write(IBufferWriter<byte> writer, T value)
    {
        if (typeof(T) != typeof(NoValue))
            (codec ??= codecs.Get<T>()).Write(writer, value);
    }

    /// <exception cref="FormatException">The bytes are not a result of this type. They may come from an untrusted source.</exception>
    public T Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new PayloadReader(bytes);
        var value = typeof(T) == typeof(NoValue) ? default! : (codec ??= codecs.Get<T>()).Read(ref reader);
        if (typeof(T) == typeof(NoValue) && bytes.Length > 0)
            throw new FormatException("The function returns a value, but it was run as an action. Run it as a function with a value.");
        reader.RequireEnd();
        return value;
    }
}
