using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Strings. JSON writers replace an unpaired surrogate with U+FFFD; here such a string becomes an array that contains its UTF-16 in Base64.
/// </summary>
internal sealed class ExactStringConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ReadBudget.Charge(sizeof(char) * (long)reader.ValueSpan.Length);
        if (reader.TokenType != JsonTokenType.StartArray)
            return reader.GetString();
        JsonTokens.Next(ref reader, JsonTokenType.String);
        var bytes = reader.GetBytesFromBase64();
        JsonTokens.Next(ref reader, JsonTokenType.EndArray);
        return bytes.Length % sizeof(char) == 0
            ? new string(MemoryMarshal.Cast<byte, char>(bytes))
            : throw new JsonException("A string ends with half a character.");
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (StringCodec.WellFormed(value))
        {
            writer.WriteStringValue(value);
            return;
        }

        writer.WriteStartArray();
        writer.WriteBase64StringValue(MemoryMarshal.AsBytes(value.AsSpan()));
        writer.WriteEndArray();
    }

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ReadBudget.Charge(sizeof(char) * (long)reader.ValueSpan.Length);
        return reader.GetString()!;
    }

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
        => writer.WritePropertyName(Checked(value));

    internal static ReadOnlySpan<char> Checked(ReadOnlySpan<char> text)
        => StringCodec.WellFormed(text)
            ? text
            : throw new NotSupportedException(
                "A key with half a surrogate pair cannot be a name in JSON. Use a list of pairs instead of the dictionary.");
}

/// <summary>Characters; an unpaired surrogate is written as a number.</summary>
internal sealed class ExactCharConverter : JsonConverter<char>
{
    /// <summary>The length of <c>\u0001</c>.</summary>
    private const int MostBytes = 6;

    public override char Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.Number ? (char)reader.GetUInt16() : One(ref reader);

    public override void Write(Utf8JsonWriter writer, char value, JsonSerializerOptions options)
    {
        if (char.IsSurrogate(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteStringValue([value]);
    }

    public override char ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => One(ref reader);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, char value, JsonSerializerOptions options)
        => writer.WritePropertyName(ExactStringConverter.Checked([value]));

    private static char One(ref Utf8JsonReader reader)
    {
        Span<char> text = stackalloc char[MostBytes];
        return reader.ValueSpan.Length <= MostBytes && reader.CopyString(text) == 1
            ? text[0]
            : throw new JsonException("A character is expected.");
    }
}

/// <summary>Decimal numbers. The serializer would write a zero without its sign.</summary>
internal sealed class ExactDecimalConverter : JsonConverter<decimal>
{
    private const int MostChars = 64;

    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDecimal();

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options)
    {
        if (IsNegativeZero(value))
            writer.WriteRawValue(Text(value), skipInputValidation: true);
        else
            writer.WriteNumberValue(value);
    }

    public override decimal ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[MostChars];
        return
            reader.ValueSpan.Length <= MostChars
            && decimal.TryParse(text[..reader.CopyString(text)], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new JsonException("A decimal number is expected.");
    }

    public override void WriteAsPropertyName(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options)
        => writer.WritePropertyName(IsNegativeZero(value) ? Text(value) : value.ToString(CultureInfo.InvariantCulture));

    private static bool IsNegativeZero(decimal value) => value == 0 && decimal.IsNegative(value);

    private static string Text(decimal value) => "-" + decimal.Abs(value).ToString(CultureInfo.InvariantCulture);
}

/// <summary>A JSON element or null. An element that contains JSON null is not null, so an element is written as an array of one.</summary>
internal sealed class NullableElementConverter : JsonConverter<JsonElement?>
{
    public override JsonElement? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        JsonTokens.Expect(ref reader, JsonTokenType.StartArray);
        reader.Read();
        var element = NestedJson.Read(ref reader, (JsonTypeInfo<JsonElement>)options.GetTypeInfo(typeof(JsonElement)));
        JsonTokens.Next(ref reader, JsonTokenType.EndArray);
        return element;
    }

    public override void Write(Utf8JsonWriter writer, JsonElement? value, JsonSerializerOptions options)
    {
        if (value is not { } element)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartArray();
        element.WriteTo(writer);
        writer.WriteEndArray();
    }
}

/// <summary>Bytes, as Base64. Reading takes the same amount of memory again.</summary>
internal sealed class BytesConverter<T>(Func<byte[], T> fromBytes, Func<T, ReadOnlyMemory<byte>> toBytes) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.String);
        ReadBudget.Charge(2L * reader.ValueSpan.Length);
        return fromBytes(reader.GetBytesFromBase64());
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        => writer.WriteBase64StringValue(toBytes(value).Span);
}

/// <summary>Integers of any size, as their bytes, because reading the digits of a long one takes more than linear time.</summary>
internal sealed class BigIntegerConverter : JsonConverter<BigInteger>
{
    public override BigInteger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.String);
        ReadBudget.Charge(2L * reader.ValueSpan.Length);
        return new BigInteger(reader.GetBytesFromBase64());
    }

    public override void Write(Utf8JsonWriter writer, BigInteger value, JsonSerializerOptions options)
        => writer.WriteBase64StringValue(value.ToByteArray());
}

/// <summary>
/// Addresses. An address that was created as relative stays relative, although a path from the root looks like a file's address.
/// </summary>
internal sealed class ExactUriConverter : JsonConverter<Uri>
{
    private const char Relative = '\n', Absolute = '\t'; // no address begins with these

    /// <summary>How often the text is copied: when read, without its first character, and in normalized form.</summary>
    private const int Copies = 3;

    public override Uri Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(ref reader);

    public override void Write(Utf8JsonWriter writer, Uri value, JsonSerializerOptions options) => writer.WriteStringValue(Text(value));

    public override Uri ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => Parse(ref reader);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, Uri value, JsonSerializerOptions options)
        => writer.WritePropertyName(Text(value));

    private static string Text(Uri value) => (value.IsAbsoluteUri ? Absolute : Relative) + value.OriginalString;

    private static Uri Parse(ref Utf8JsonReader reader)
    {
        ReadBudget.Charge(Copies * sizeof(char) * (long)reader.ValueSpan.Length);
        return
            reader.GetString() is [Relative or Absolute, ..] text
            && Uri.TryCreate(text[1..], text[0] == Relative ? UriKind.Relative : UriKind.Absolute, out var uri)
            ? uri
            : throw new JsonException("An address is expected.");
    }
}

/// <summary>
/// Dates with their kind. A local date is written as its exact instant; as text it would have to be clamped to the years 1 to 9999.
/// </summary>
internal sealed class ExactDateTimeConverter : JsonConverter<DateTime>
{
    private const char Local = 'L';
    private const int MostLocalChars = 21;

    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(ref reader);

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options)
    {
        if (value.Kind == DateTimeKind.Local)
            writer.WriteStringValue(Text(value));
        else
            writer.WriteStringValue(value);
    }

    public override DateTime ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString()!;
        return text.StartsWith(Local)
            ? FromText(text)
            : DateTime.ParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
    }

    public override void WriteAsPropertyName(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options)
        => writer.WritePropertyName(value.Kind == DateTimeKind.Local ? Text(value) : value.ToString("O", CultureInfo.InvariantCulture));

    private static DateTime Parse(ref Utf8JsonReader reader)
        => reader.TokenType == JsonTokenType.String && reader.ValueSpan is [(byte)Local, ..] and { Length: <= MostLocalChars }
            ? FromText(reader.GetString()!)
            : reader.GetDateTime();

    private static string Text(DateTime value) => Local + value.ToBinary().ToString(CultureInfo.InvariantCulture);

    private static DateTime FromText(string text)
        => long.TryParse(text.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var binary)
            ? ValueRange.Checked(binary, DateTime.FromBinary)
            : throw new JsonException("A date is expected.");
}
