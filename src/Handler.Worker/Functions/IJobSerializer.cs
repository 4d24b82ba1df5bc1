using System.Buffers;

namespace Handler;

/// <summary>
/// Turns captured values, arguments and results into bytes and back. The default writes JSON. An own one is named by type in
/// the options, must be in an allowed assembly and have a public constructor without parameters, since the worker makes its own.
/// </summary>
/// <remarks>
/// Numbers, strings, dates, <see cref="Guid"/>, <see cref="Type"/>, <c>byte[]</c> and blocks of bytes never come here: they have a compact
/// form. The JSON of the default refuses what it would lose: private state, what a derived class adds to the declared type, comparers
/// of one's own, cycles and more than 64 levels. It does not keep identity inside of one value: an object that a list holds
/// twice comes back as two equal ones. (One that is captured by two variables stays one.) Calls may come from several threads.
/// </remarks>
public interface IJobSerializer
{
    /// <summary>Writes a value, or refuses one that would not come back the same.</summary>
    /// <exception cref="NotSupportedException">The value or its type cannot be serialized; the message says why.</exception>
    void Serialize<T>(IBufferWriter<byte> writer, T value);

    /// <summary>Reads a value back.</summary>
    /// <exception cref="FormatException">The bytes are not a value of that type.</exception>
    T Deserialize<T>(ReadOnlySpan<byte> bytes);
}
