using System.Text.Json;
using System.Text.Json.Nodes;

namespace Handler.Functions;

/// <summary>JSON documents as values, which are read in one step.</summary>
internal static class JsonDocuments
{
    /// <summary>The maximum memory for a token of a JSON document while it is read: its row, in an array that grows.</summary>
    private const long BytesPerToken = 40;

    /// <summary>Whether a type is a JSON document.</summary>
    public static bool Includes(Type type) => type == typeof(JsonElement) || typeof(JsonNode).IsAssignableFrom(type);

    /// <summary>The maximum memory needed to read a JSON document that begins at the reader's position, in bytes.</summary>
    public static long CostOf(Utf8JsonReader reader)
    {
        var (count, start, depth) = (1L, reader.BytesConsumed, reader.TokenType is JsonTokenType.None ? 0 : reader.CurrentDepth);
        while (reader.Read()
            && (reader.CurrentDepth > depth || reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject)))
            count++;
        return reader.BytesConsumed - start + (BytesPerToken * count);
    }
}
