using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

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
