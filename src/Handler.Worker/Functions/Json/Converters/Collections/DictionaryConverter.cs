using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>
/// Dictionaries: <c>{key: value}</c>, or <c>["tag", {key: value}]</c> if kind or comparer differ from the declared type's default. Keys
/// that cannot be property names in JSON are written in pairs: <c>[[key, value]]</c>, or <c>{"tag": [[key, value]]}</c>.
/// </summary>
internal sealed class DictionaryConverter<TDictionary, TKey, TValue>(JsonSerializerOptions options)
    : JsonConverter<TDictionary>,
        ICompositeConverter
    where TDictionary : class, IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    private static readonly string Usual = DictionaryKinds<TKey, TValue>.Usual(typeof(TDictionary));

    /// <summary>NaN and the infinities cannot be property names.</summary>
    private static readonly bool HasNames =
        JsonCollectionRules.IsKey(typeof(TKey))
        && typeof(TKey) != typeof(double)
        && typeof(TKey) != typeof(float)
        && typeof(TKey) != typeof(Half);

    private JsonPart<TKey>? key;
    private JsonPart<TValue>? value;

    public IEnumerable<Type> Parts => [typeof(TKey), typeof(TValue)];

    private JsonPart<TKey> Key => key ??= new JsonPart<TKey>(options);

    private JsonPart<TValue> Value => value ??= new JsonPart<TValue>(options);

    public override void Write(Utf8JsonWriter writer, TDictionary value, JsonSerializerOptions options)
    {
        var tag = DictionaryKinds<TKey, TValue>.TagOf(value, typeof(TDictionary));
        if (HasNames)
            WriteNames(writer, value, tag);
        else
            WritePairs(writer, value, tag);
    }

    public override TDictionary Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var tag = Usual;
        var tagged = reader.TokenType == (HasNames ? JsonTokenType.StartArray : JsonTokenType.StartObject);
        if (tagged)
        {
            JsonTokens.Next(ref reader, HasNames ? JsonTokenType.String : JsonTokenType.PropertyName);
            tag = reader.GetString()!;
            reader.Read();
        }

        var items = HasNames ? ReadNames(ref reader) : ReadPairs(ref reader);
        if (tagged)
            JsonTokens.Next(ref reader, HasNames ? JsonTokenType.EndArray : JsonTokenType.EndObject);
        return DictionaryKinds<TKey, TValue>.Make(tag, items) as TDictionary
            ?? throw new JsonException($"A dictionary of kind \"{Excerpt.Of(tag)}\" is not a {TypeName.Of(typeof(TDictionary))}.");
    }

    private void WriteNames(Utf8JsonWriter writer, TDictionary dictionary, string tag)
    {
        if (tag != Usual)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(tag);
        }

        writer.WriteStartObject();
        foreach (var (key, value) in dictionary)
        {
            Key.WriteName(writer, key);
            Value.Write(writer, value);
        }

        writer.WriteEndObject();
        if (tag != Usual)
            writer.WriteEndArray();
    }

    private void WritePairs(Utf8JsonWriter writer, TDictionary dictionary, string tag)
    {
        if (tag != Usual)
        {
            writer.WriteStartObject();
            writer.WritePropertyName(tag);
        }

        writer.WriteStartArray();
        foreach (var (key, value) in dictionary)
        {
            writer.WriteStartArray();
            Key.Write(writer, key);
            Value.Write(writer, value);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        if (tag != Usual)
            writer.WriteEndObject();
    }

    private List<KeyValuePair<TKey, TValue>> ReadNames(ref Utf8JsonReader reader)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.StartObject);
        var items = new List<KeyValuePair<TKey, TValue>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = Key.ReadName(ref reader);
            reader.Read();
            ReadBudget.Add(items, new(key, Value.Read(ref reader)));
        }

        return items;
    }

    private List<KeyValuePair<TKey, TValue>> ReadPairs(ref Utf8JsonReader reader)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.StartArray);
        var items = new List<KeyValuePair<TKey, TValue>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            var key = Key.Read(ref reader);
            reader.Read();
            ReadBudget.Add(items, new(key, Value.Read(ref reader)));
            JsonTokens.Next(ref reader, JsonTokenType.EndArray);
        }

        return items;
    }
}
