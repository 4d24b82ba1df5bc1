using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Handler.Functions;

/// <summary>Strings, each exactly, including those with an unpaired surrogate, which UTF-8 would replace.</summary>
internal sealed class StringCodec : ValueCodec<string?>
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override void Write(IBufferWriter<byte> writer, string? value)
    {
        if (value is null)
        {
            writer.WriteByte((byte)ValueKind.Null);
        }
        else if (WellFormed(value))
        {
            writer.WriteByte((byte)ValueKind.String);
            writer.WriteName(value);
        }
        else
        {
            writer.WriteByte((byte)ValueKind.RawString);
            writer.WriteBlock(MemoryMarshal.AsBytes(value.AsSpan()));
        }
    }

    public override string? Read(ref PayloadReader reader)
    {
        switch ((ValueKind)reader.ReadByte())
        {
            case ValueKind.Null:
                return null;
            case ValueKind.String:
                var utf8 = reader.ReadBlock();
                ReadBudget.Charge(sizeof(char) * (long)utf8.Length);
                return ReadUtf8(utf8);
            case ValueKind.RawString:
                var bytes = reader.ReadBlock();
                ReadBudget.Charge(bytes.Length);
                if (bytes.Length % sizeof(char) != 0)
                    throw new FormatException("The payload has half a character at the end of a string.");
                var text = new string('\0', bytes.Length / sizeof(char));
                bytes.CopyTo(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(text.AsSpan()), text.Length)));
                return text;
            case var other:
                throw Unexpected(other);
        }
    }

    /// <summary>Whether the text has no unpaired surrogate.</summary>
    public static bool WellFormed(ReadOnlySpan<char> text)
    {
        var i = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (i < 0)
            return true;
        for (; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    private static string ReadUtf8(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (ArgumentException exception)
        {
            throw new FormatException("The payload has a string that is not UTF-8.", exception);
        }
    }
}
