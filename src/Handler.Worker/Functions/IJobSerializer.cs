using System.Buffers;

namespace Handler;

/// <summary>
/// Turns captured values, arguments and results into bytes and back. The default writes JSON. An own one is named by type in
/// the options, must be in an allowed assembly and have a public constructor without parameters, since the worker makes its own.
/// </summary>
public interface IJobSerializer
{
    /// <summary>Writes a value, or refuses one that would not come back the same.</summary>
    /// <exception cref="NotSupportedException">The value or its type cannot be serialized; the message says why.</exception>
    void Serialize<T>(IBufferWriter<byte> writer, T value);

    /// <summary>Reads a value back.</summary>
    /// <exception cref="FormatException">The bytes are not a value of that type.</exception>
    T Deserialize<T>(ReadOnlySpan<byte> bytes);
}
