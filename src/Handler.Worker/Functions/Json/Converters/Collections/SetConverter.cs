using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>Sets: <c>[items]</c>, or <c>{"tag": [items]}</c> if kind or comparer differ from the declared type's default.</summary>
internal sealed class SetConverter<TSet, T>(JsonSerializerOptions options) : JsonConverter<TSet>, ICompositeConverter
    where TSet : class, IEnumerable<T>
{
    private static readonly string Usual = SetKinds<T>.Usual(typeof(TSet));

    private JsonPart<T>? item;

    public IEnumerable<Type> Parts => [typeof(T)];

    private JsonPart<T> Item => item ??= new JsonPart<T>(options);

    public override void Write(Utf8JsonWriter writer, TSet value, JsonSerializerOptions options)
    {
        var tag = SetKinds<T>.TagOf(value, typeof(TSet));
        if (tag == Usual)
        {
            Item.WriteArray(writer, value);
            return;
        }

        writer.WriteStartObject();
        writer.WritePropertyName(tag);
        Item.WriteArray(writer, value);
        writer.WriteEndObject();
    }

    public override TSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var tag = Usual;
        var tagged = reader.TokenType == JsonTokenType.StartObject;
        if (tagged)
        {
            JsonTokens.Next(ref reader, JsonTokenType.PropertyName);
            tag = reader.GetString()!;
            reader.Read();
        }

        var items = Item.ReadArray(ref reader);
        if (tagged)
            JsonTokens.Next(ref reader, JsonTokenType.EndObject);
        var set = SetKinds<T>.Make(tag, items);
        if (set is IReadOnlyCollection<T> made && made.Count != items.Count)
            throw new JsonException($"A set of {items.Count} items contains equal items.");
        return set as TSet ?? throw new JsonException($"A set of kind \"{Excerpt.Of(tag)}\" is not a {TypeName.Of(typeof(TSet))}.");
    }
}
