using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

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
