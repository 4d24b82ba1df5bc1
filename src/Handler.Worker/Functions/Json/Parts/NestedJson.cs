using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using static Handler.WorkerTuning.Values;

namespace Handler.Functions;

/// <summary>
/// Writes and reads a value inside another value that has a hand-written converter.
/// <para>
/// The serializer catches exceptions from nested calls and throws a new one inside the catch block. This keeps the stack of the first
/// exception until the last catch block has ended: between 16 and 32 KiB for each level of nesting. An exception is therefore caught here
/// and rethrown only after the catch block, so that it needs the stack of one level, however deep the value is.
/// </para>
/// </summary>
internal static class NestedJson
{
    public static void Write(Utf8JsonWriter writer, object? value, JsonTypeInfo info)
    {
        Exception? thrown = null;
        try
        {
            JsonSerializer.Serialize(writer, value, info);
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        ThrowAgain(thrown);
    }

    /// <summary>
    /// Reads a value. The serializer's own converters would read it in one step. If there is a <see cref="ReadBudget"/>, a large value is
    /// read in portions.
    /// </summary>
    public static object? Read(ref Utf8JsonReader reader, JsonTypeInfo info)
    {
        Exception? thrown;
        try
        {
            return ReadInPortions(ref reader, info);
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        ThrowAgain(thrown);
        return null;
    }

    /// <inheritdoc cref="Read(ref Utf8JsonReader, JsonTypeInfo)"/>
    public static T? Read<T>(ref Utf8JsonReader reader, JsonTypeInfo<T> info) => (T?)Read(ref reader, (JsonTypeInfo)info);

    /// <summary>Rethrows a caught exception, if there is one. Call it after the catch block.</summary>
    public static void ThrowAgain(Exception? thrown)
    {
        if (thrown is not null)
            ExceptionDispatchInfo.Throw(thrown);
    }

    private static unsafe object? ReadInPortions(ref Utf8JsonReader reader, JsonTypeInfo info)
    {
        if (ReadBudget.Current is not { } budget)
            return JsonSerializer.Deserialize(ref reader, info);
        var value = reader;
        var length = Skip(ref reader);
        ReadBudget.AddPart(length);
        if (length <= SmallPiece || !BeginsItsBytes(value))
            return JsonSerializer.Deserialize(ref value, info);
        fixed (byte* start = value.ValueSpan)
            return Result(JsonSerializer.DeserializeAsync(new BudgetedPipe(new SpanMemory(start, length).Memory, budget), info));
    }

    /// <summary>The serializer reads these bytes without waiting.</summary>
    public static T Result<T>(ValueTask<T> reading)
        => reading.IsCompleted
            ? reading.GetAwaiter().GetResult()
            : throw new InvalidOperationException("The JSON serializer waits for bytes that are already available.");

    /// <summary>Advances to the end of the value at the reader's position; returns its length in bytes.</summary>
    private static int Skip(ref Utf8JsonReader reader)
    {
        var start = reader.TokenStartIndex;
        return reader.TrySkip() ? checked((int)(reader.BytesConsumed - start)) : throw new JsonException("The JSON ends early.");
    }

    /// <summary>
    /// Whether the token with which a value begins is the first of its bytes, as for an object or an array, and the bytes are contiguous.
    /// Only an application's converter could pass a reader over several segments.
    /// </summary>
    private static bool BeginsItsBytes(in Utf8JsonReader value)
        => value.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && value.Position.GetObject() is null;
}
