using System.Buffers;

namespace Handler;

/// <summary>
/// Converts captured values, arguments and results to bytes and back. The default writes JSON. To use a custom serializer, name its type in
/// the options. The type must be in an allowed assembly and have a public parameterless constructor, because each worker creates its own
/// instance.
/// </summary>
/// <remarks>
/// Numbers, strings, dates, <see cref="Guid"/>, <see cref="Type"/>, <c>byte[]</c> and blocks of bytes have a compact form and never reach
/// the serializer. The default JSON serializer rejects values that JSON would change: private state, members that a derived class adds to
/// the declared type, custom comparers, cycles, and more than 64 levels. It does not preserve identity within one value: an object that a
/// list holds twice comes back as two equal objects. (An object that two variables capture stays one object.) Calls may come from several
/// threads.
/// </remarks>
public interface IJobSerializer
{
    /// <summary>Writes a value, or rejects it if reading it back would give a different value.</summary>
    /// <exception cref="NotSupportedException">The value or its type cannot be serialized; the message states the reason.</exception>
    void Serialize<T>(IBufferWriter<byte> writer, T value);

    /// <summary>Reads a value.</summary>
    /// <exception cref="FormatException">The bytes do not represent a value of this type.</exception>
    T Deserialize<T>(ReadOnlySpan<byte> bytes);
}
