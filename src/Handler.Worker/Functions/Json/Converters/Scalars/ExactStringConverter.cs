using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

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
