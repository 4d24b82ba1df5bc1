using System.Text.Json;

namespace Handler.Functions;

internal static class JsonTokens
{
    public static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
            throw new JsonException($"{type} is expected, not {reader.TokenType}.");
    }

    /// <summary>Advances to the next token, which must have the given type.</summary>
    public static void Next(ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        Expect(ref reader, type);
    }
}
