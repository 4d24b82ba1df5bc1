using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

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
