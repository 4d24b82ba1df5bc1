using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

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
