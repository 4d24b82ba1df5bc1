using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Reads a value inside of another whose converter is written by hand. The serializer's own converters would read it in one go; where there is a <see cref="ReadBudget"/>, a
/// large one is read in portions here as well.
/// </summary>
internal static class NestedJson
{
    public static T? Read<T>(ref Utf8JsonReader reader, JsonTypeInfo<T> info)
        => ReadBudget.Current is null ? JsonSerializer.Deserialize(ref reader, info) : (T?)Read(ref reader, (JsonTypeInfo)info);

    /// <inheritdoc cref="Read{T}"/>
    public static unsafe object? Read(ref Utf8JsonReader reader, JsonTypeInfo info)
    {
        if (ReadBudget.Current is not { } budget)
            return JsonSerializer.Deserialize(ref reader, info);
        var value = reader;
        var length = Skip(ref reader);
        ReadBudget.AddPart(length);
        if (length <= ReadBudget.SmallPiece || !BeginsItsBytes(value))
            return JsonSerializer.Deserialize(ref value, info);
        fixed (byte* start = value.ValueSpan)
            return Result(JsonSerializer.DeserializeAsync(new BudgetedPipe(new SpanMemory(start, length).Memory, budget), info));
    }

    /// <summary>The serializer reads these bytes without a wait.</summary>
    public static T Result<T>(ValueTask<T> reading)
        => reading.IsCompleted ? reading.GetAwaiter().GetResult() : throw new InvalidOperationException("The JSON serializer waits for bytes that are there.");

    /// <summary>Goes to the end of the value at the reader's position; says how many bytes it takes.</summary>
    private static int Skip(ref Utf8JsonReader reader)
    {
        var start = reader.TokenStartIndex;
        return reader.TrySkip() ? checked((int)(reader.BytesConsumed - start)) : throw new JsonException("The JSON ends early.");
    }

    /// <summary>
    /// Whether the token at which a value begins is the first of its bytes, as for an object or an array, and they are in one piece: only a converter of the application's could bring
    /// a reader of several.
    /// </summary>
    private static bool BeginsItsBytes(in Utf8JsonReader value)
        => value.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && value.Position.GetObject() is null;
}
