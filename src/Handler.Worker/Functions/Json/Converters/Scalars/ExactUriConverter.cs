using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

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
