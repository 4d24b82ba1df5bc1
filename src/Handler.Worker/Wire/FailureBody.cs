using System.Buffers.Binary;
using System.Text;

namespace Handler.Wire;

/// <summary>An exception as text: its type, its message, and the full text with stack trace. Each is a length followed by UTF-8.</summary>
internal readonly record struct FailureBody(string Type, string Message, string Text)
{
    /// <summary>The maximum lengths of message and text, in characters; the rest is cut.</summary>
    public const int MaxMessage = 4 << 10, MaxText = 16 << 10;

    /// <summary>The maximum size in bytes: each part has its length, at most three bytes per character, and the mark of a cut.</summary>
    public const int MaxBytes = (3 * 4) + (3 * ((2 * MaxMessage) + MaxText + 3));

    public byte[] Write()
    {
        var parts = new[] { Cut(Type, MaxMessage), Cut(Message, MaxMessage), Cut(Text, MaxText) };
        var size = 0;
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

        return bytes;
    }

    /// <exception cref="FrameException">The bytes do not represent a failure.</exception>
    public static FailureBody Read(ReadOnlySpan<byte> bytes)
    {
        var type = Next(ref bytes);
        var message = Next(ref bytes);
        return new FailureBody(type, message, Next(ref bytes));
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
