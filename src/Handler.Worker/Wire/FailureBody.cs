using System.Buffers.Binary;
using System.Text;

namespace Handler.Wire;

/// <summary>
/// An exception as text: its type, its message, and the full text with stack trace. Each is a length followed by UTF-8. A last byte says
/// what the operating system refused.
/// </summary>
internal readonly record struct FailureBody(string Type, string Message, string Text)
{
    /// <summary>The maximum lengths of message and text, in characters; the rest is cut.</summary>
    public const int MaxMessage = 4 << 10, MaxText = 16 << 10;

    /// <summary>
    /// The maximum size in bytes: each part has its length, at most three bytes per character, and the mark of a cut. One byte follows.
    /// </summary>
    public const int MaxBytes = (3 * 4) + (3 * ((2 * MaxMessage) + MaxText + 3)) + 1;

    public RefusedCall Refused { get; init; }

    public byte[] Write()
    {
        var parts = new[] { Cut(Type, MaxMessage), Cut(Message, MaxMessage), Cut(Text, MaxText) };
        var size = 1;
        foreach (var part in parts)
            size += 4 + Encoding.UTF8.GetByteCount(part);
        var bytes = new byte[size];
        var at = 0;
        foreach (var part in parts)
        {
            var count = Encoding.UTF8.GetBytes(part, bytes.AsSpan(at + 4));
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), count);
            at += 4 + count;
        }

        bytes[at] = (byte)Refused;
        return bytes;
    }

    /// <exception cref="FrameException">The bytes do not represent a failure.</exception>
    public static FailureBody Read(ReadOnlySpan<byte> bytes)
    {
        var type = Next(ref bytes);
        var message = Next(ref bytes);
        return new FailureBody(type, message, Next(ref bytes)) { Refused = LastOf(bytes) };
    }

    private static RefusedCall LastOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
            throw new FrameException("A failure ends after its text.");
        return (RefusedCall)bytes[0] is var refused && Enum.IsDefined(refused)
            ? refused
            : throw new FrameException($"A failure names the refused call {bytes[0]}, which does not exist.");
    }

    private static string Next(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
            throw new FrameException("A failure ends before its text.");
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (count < 0 || count > bytes.Length - 4)
            throw new FrameException($"A failure names a text of {count} bytes where {bytes.Length - 4} are left.");
        var text = Encoding.UTF8.GetString(bytes.Slice(4, count));
        bytes = bytes[(4 + count)..];
        return text;
    }

    private static string Cut(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most), "…");
}
