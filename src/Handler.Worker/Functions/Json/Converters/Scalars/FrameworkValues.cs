using System.Collections;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Handler.Functions;

/// <summary>
/// Framework types that are plain data but that the serializer cannot write. Reading one creates an object and executes nothing: a Regex is
/// not matched against anything.
/// </summary>
internal static class FrameworkValues
{
    private const int MostAddressChars = 128, MostTimeZoneChars = 64 << 10, MostComparerChars = 64;

    public static JsonConverter Regex()
        => new PartsConverter<Regex, (string Pattern, int Options, long Timeout)>(RegexValues.ToParts, RegexValues.FromParts);

    public static JsonConverter IPAddress()
        => new TextConverter<IPAddress>(MostAddressChars, static address => address.ToString(), System.Net.IPAddress.Parse);

    public static JsonConverter IPEndPoint()
        => new TextConverter<IPEndPoint>(MostAddressChars, static point => point.ToString(), System.Net.IPEndPoint.Parse);

    public static JsonConverter IPNetwork()
        => new TextConverter<System.Net.IPNetwork>(MostAddressChars, static network => network.ToString(), System.Net.IPNetwork.Parse);

    public static JsonConverter Complex() => new PartsConverter<Complex, (double Real, double Imaginary)>(
        static value => (value.Real, value.Imaginary), static parts => new Complex(parts.Real, parts.Imaginary));

    public static JsonConverter Index() => new PartsConverter<Index, (int Value, bool FromEnd)>(
        static index => (index.Value, index.IsFromEnd), static parts => new Index(parts.Value, parts.FromEnd));

    public static JsonConverter Range() => new PartsConverter<Range, (Index Start, Index End)>(
        static range => (range.Start, range.End), static parts => new Range(parts.Start, parts.End));

    public static JsonConverter Rune()
        => new PartsConverter<Rune, ValueTuple<int>>(static rune => new(rune.Value), static parts => new Rune(parts.Item1));

    public static JsonConverter BitArray() => new PartsConverter<BitArray, (int Length, byte[] Bits)>(ToParts, FromParts);

    public static JsonConverter StringBuilder()
        => new PartsConverter<StringBuilder, (string Text, int Capacity, int MaxCapacity)>(ToParts, FromParts);

    public static JsonConverter CultureInfo()
        => new PartsConverter<CultureInfo, (string Name, bool Fixed)>(ToParts, static parts =>
            Cultures.Named(parts.Name) is var culture && parts.Fixed ? culture : new CultureInfo(culture.Name));

    public static JsonConverter TimeZoneInfo() => new TextConverter<TimeZoneInfo>(MostTimeZoneChars, TimeZones.ToText, TimeZones.FromText);

    public static JsonConverter Encoding<T>()
        where T : Encoding =>
        new PartsConverter<T, (int CodePage, bool Mark, bool Throws)>(Encodings.ToParts, static parts =>
            Encodings.FromParts(parts) as T ?? throw new JsonException("It is another encoding."));

    public static JsonConverter StringComparer()
        => new TextConverter<StringComparer>(
            MostComparerChars,
            static comparer
                => ComparerTags.OfText(comparer)
                ?? throw new NotSupportedException(
                    $"A {TypeName.Of(comparer.GetType())} cannot be sent; StringComparer's own comparers can. "
                        + "Make the comparer inside the function."),
            ComparerTags.Text);

    private static (int, byte[]) ToParts(BitArray bits)
    {
        var bytes = new byte[(bits.Length + 7) / 8];
        bits.CopyTo(bytes, 0);
        return (bits.Length, bytes);
    }

    private static BitArray FromParts((int Length, byte[] Bits) parts)
    {
        if (parts.Bits is null || parts.Length < 0 || (parts.Length + 7L) / 8 != parts.Bits.Length)
            throw new JsonException("The number of bits does not match the length.");
        ReadBudget.Charge(parts.Bits.Length);
        return new BitArray(parts.Bits) { Length = parts.Length };
    }

    private static (string, int, int) ToParts(StringBuilder text) => (text.ToString(), text.Capacity, text.MaxCapacity);

    /// <summary>
    /// The capacity is kept only if it is not much larger than the text, so a payload cannot allocate memory by naming a number.
    /// </summary>
    private static StringBuilder FromParts((string Text, int Capacity, int MaxCapacity) parts)
    {
        var text = parts.Text ?? throw new JsonException("The text is missing.");
        var capacity = Math.Clamp(parts.Capacity, text.Length, (2 * text.Length) + 256);
        ReadBudget.Charge(sizeof(char) * (long)capacity);
        return new StringBuilder(Math.Min(capacity, parts.MaxCapacity), parts.MaxCapacity).Append(text);
    }

    private static (string, bool) ToParts(CultureInfo culture)
    {
        if (culture.GetType() != typeof(CultureInfo) || !Cultures.IsAsNamed(culture))
            throw new NotSupportedException(
                $"The culture \"{culture.Name}\" was changed after it was made, or sorts in another way, and only its name would be sent. "
                    + "Capture the name, and make and change the CultureInfo inside the function.");
        if (!Cultures.IsKnown(culture.Name))
            throw new NotSupportedException(
                $"The culture \"{Excerpt.Of(culture.Name)}\" is not in this machine's list of cultures (CultureInfo.GetCultures), "
                    + "so it cannot be sent. Capture its name, and make the CultureInfo inside the function.");
        return (culture.Name, culture.IsReadOnly);
    }
}
