using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>Writes and reads the elements of a container that has a hand-written converter.</summary>
internal sealed class JsonPart<T>
{
    private readonly JsonSerializerOptions options;
    private readonly JsonConverter<T> converter;
    private readonly bool needsInfo;
    private JsonTypeInfo<T>? info;

    /// <summary>Whether the converter is the serializer's own, which does not check the budget.</summary>
    private readonly bool isSerializers;

    public JsonPart(JsonSerializerOptions options)
    {
        this.options = options;
        converter = (JsonConverter<T>)options.GetConverter(typeof(T));
        isSerializers = converter.GetType().Assembly == typeof(JsonSerializer).Assembly;
        needsInfo =
            typeof(T) == typeof(double)
            || typeof(T) == typeof(float)
            || typeof(T) == typeof(Half)
            || Nullable.GetUnderlyingType(typeof(T)) is not null;
    }

    /// <summary>
    /// Needed because the converter alone does not know how NaN is written. Fetched on first use, because the types are not checked yet
    /// when converters are created.
    /// </summary>
    private JsonTypeInfo<T> Info => info ??= (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    /// <inheritdoc cref="NestedJson"/>
    public void Write(Utf8JsonWriter writer, T value)
    {
        Exception? thrown = null;
        try
        {
            if (needsInfo)
                JsonSerializer.Serialize(writer, value, Info);
            else if (value is null && !converter.HandleNull)
                writer.WriteNullValue();
            else
                converter.Write(writer, value, options);
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        NestedJson.ThrowAgain(thrown);
    }

    /// <summary>Reads the element at the reader's position.</summary>
    public T Read(ref Utf8JsonReader reader)
    {
        Exception? thrown;
        try
        {
            return ReadElement(ref reader);
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        NestedJson.ThrowAgain(thrown);
        return default!;
    }

    private T ReadElement(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            if (ReadBudget.Current is not null && isSerializers)
                return NestedJson.Read(ref reader, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)))!;
        }
        else
        {
            ReadBudget.Charge(reader.ValueSpan.Length);
        }

        if (needsInfo)
            return JsonSerializer.Deserialize(ref reader, Info)!;
        if (reader.TokenType == JsonTokenType.Null && !converter.HandleNull)
            return default(T) is null ? default! : throw new JsonException($"A {TypeName.Of(typeof(T))} is expected, not null.");
        return converter.Read(ref reader, typeof(T), options)!;
    }

    public void WriteArray(Utf8JsonWriter writer, IEnumerable<T> items)
    {
        writer.WriteStartArray();
        foreach (var item in items)
            Write(writer, item);
        writer.WriteEndArray();
    }

    /// <summary>Reads an array that starts at the reader's position.</summary>
    public List<T> ReadArray(ref Utf8JsonReader reader)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.StartArray);
        var items = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ReadBudget.Add(items, Read(ref reader));
        }

        return items;
    }

    public void WriteName(Utf8JsonWriter writer, T value) => converter.WriteAsPropertyName(writer, value!, options);

    public T ReadName(ref Utf8JsonReader reader)
    {
        ReadBudget.Charge(reader.ValueSpan.Length);
        return converter.ReadAsPropertyName(ref reader, typeof(T), options);
    }
}
