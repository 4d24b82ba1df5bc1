using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>Strings. JSON writers replace half a surrogate pair by U+FFFD; this one refuses it.</summary>
internal sealed class ExactStringConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ReadBudget.Charge(sizeof(char) * (long)reader.ValueSpan.Length);
        return reader.GetString();
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(Checked(value));

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ReadBudget.Charge(sizeof(char) * (long)reader.ValueSpan.Length);
        return reader.GetString()!;
    }

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(Checked(value));

    internal static ReadOnlySpan<char> Checked(ReadOnlySpan<char> text)
        => StringCodec.WellFormed(text) ? text : throw new NotSupportedException("A string with half a surrogate pair cannot be written as JSON. Use a byte[] or a char[] in a variable of its own.");
}

/// <summary>Characters, with the same rule.</summary>
internal sealed class ExactCharConverter : JsonConverter<char>
{
    public override char Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => One(reader.GetString());

    public override void Write(Utf8JsonWriter writer, char value, JsonSerializerOptions options) => writer.WriteStringValue(ExactStringConverter.Checked([value]));

    public override char ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => One(reader.GetString());

    public override void WriteAsPropertyName(Utf8JsonWriter writer, char value, JsonSerializerOptions options) => writer.WritePropertyName(ExactStringConverter.Checked([value]));

    private static char One(string? text) => text is [var only] ? only : throw new JsonException("A character is expected.");
}

/// <summary>
/// Integers of any size: JSON numbers up to some length, beyond it their bytes as base64. Parsing decimal digits takes more than
/// ten times as long for ten times as many, and a result may be forged.
/// </summary>
internal sealed class BigIntegerConverter : JsonConverter<BigInteger>
{
    private const int MostDigits = 1_000, MostBits = 3_000;

    public override BigInteger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var bytes))
            return new BigInteger(bytes);
        var digits = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
        if (reader.TokenType != JsonTokenType.Number)
            throw new JsonException("An integer is expected.");
        if (digits.Length > MostDigits)
            throw new JsonException($"An integer has {digits.Length} decimal digits; beyond {MostDigits} its bytes are expected as base64.");
        return BigInteger.TryParse(System.Text.Encoding.ASCII.GetString(digits), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new JsonException("An integer is expected.");
    }

    public override void Write(Utf8JsonWriter writer, BigInteger value, JsonSerializerOptions options)
    {
        if (value.GetBitLength() > MostBits)
            writer.WriteBase64StringValue(value.ToByteArray());
        else
            writer.WriteRawValue(value.ToString(CultureInfo.InvariantCulture), skipInputValidation: true);
    }
}
