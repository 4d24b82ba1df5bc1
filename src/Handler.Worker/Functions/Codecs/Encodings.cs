using System.Text;

namespace Handler.Functions;

/// <summary>
/// The encodings that every process has: the Unicode encodings, with or without byte order mark, lenient or strict, ASCII and Latin-1.
/// </summary>
internal static class Encodings
{
    private const int Utf16 = 1200,
        Utf16BigEndian = 1201,
        Utf32 = 12000,
        Utf32BigEndian = 12001,
        Ascii = 20127,
        Latin1 = 28591,
        Utf8 = 65001;

    public static (int, bool, bool) ToParts(Encoding encoding)
    {
        var parts = (encoding.CodePage, encoding.Preamble.Length > 0, encoding.EncoderFallback is EncoderExceptionFallback);
        if (Make(parts) is { } made && made.Equals(encoding))
            return parts;
        throw new NotSupportedException(
            $"The encoding {encoding.WebName} is not one of those that every process has, or has custom fallbacks. "
                + "Capture its name and call Encoding.GetEncoding inside the function.");
    }

    public static Encoding FromParts((int CodePage, bool Mark, bool Throws) parts)
        => Make(parts) ?? throw new ArgumentException($"{parts.CodePage} is not the code page of an encoding that can be sent.");

    private static Encoding? Make((int CodePage, bool Mark, bool Throws) parts) => parts.CodePage switch
    {
        Utf8 => new UTF8Encoding(parts.Mark, parts.Throws),
        Utf16 or Utf16BigEndian => new UnicodeEncoding(parts.CodePage == Utf16BigEndian, parts.Mark, parts.Throws),
        Utf32 or Utf32BigEndian => new UTF32Encoding(parts.CodePage == Utf32BigEndian, parts.Mark, parts.Throws),
        Ascii => Encoding.ASCII,
        Latin1 => Encoding.Latin1,
        _ => null,
    };
}
