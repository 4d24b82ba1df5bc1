using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>A value that a text represents completely.</summary>
/// <param name="mostChars">The maximum length of the text.</param>
/// <param name="toText">Converts a value to its text.</param>
/// <param name="fromText">Converts the text to a value.</param>
internal sealed class TextConverter<T>(int mostChars, Func<T, string> toText, Func<string, T> fromText) : JsonConverter<T>
{
    /// <summary>The maximum number of bytes per character, as in <c>\u0001</c>.</summary>
    private const int BytesPerChar = 6;

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        var text = toText(value);
        if (text.Length > mostChars)
            throw new NotSupportedException(
                $"A {TypeName.Of(typeof(T))} can be sent with up to {mostChars} characters as text, "
                    + $"and this one has {text.Length}. Make it inside the function.");
        writer.WriteStringValue(text);
    }

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.String);
        if (reader.ValueSpan.Length > BytesPerChar * mostChars)
            throw new JsonException(
                $"The text of a {TypeName.Of(typeof(T))} has {reader.ValueSpan.Length} bytes; "
                    + $"at most {BytesPerChar * mostChars} are possible.");
        ReadBudget.Look();
        try
        {
            return fromText(reader.GetString()!);
        }
        catch (Exception exception)
            when (exception
                    is ArgumentException
                        or FormatException
                        or OverflowException
                        or InvalidOperationException
                        or TimeZoneNotFoundException
                        or InvalidTimeZoneException
                        or System.Runtime.Serialization.SerializationException)
        {
            throw new JsonException($"The text is not a {TypeName.Of(typeof(T))}: {exception.Message}", exception);
        }
    }
}
