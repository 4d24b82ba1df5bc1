using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>Collections that are created from a list of their items. The order of the list may differ from the enumeration order.</summary>
internal sealed class SequenceConverter<TSequence, T>(
    JsonSerializerOptions options,
    Func<TSequence, IEnumerable<T>> toItems,
    Func<List<T>, TSequence> fromItems)
    : JsonConverter<TSequence>, ICompositeConverter
{
    private JsonPart<T>? item;

    public override bool HandleNull => typeof(TSequence).IsValueType;

    public IEnumerable<Type> Parts => [typeof(T)];

    private JsonPart<T> Item => item ??= new JsonPart<T>(options);

    public override void Write(Utf8JsonWriter writer, TSequence value, JsonSerializerOptions options)
    {
        if (value is ArraySegment<T> { Array: null })
        {
            writer.WriteNullValue();
            return;
        }

        if (!typeof(TSequence).IsValueType && value!.GetType() != typeof(TSequence) && !typeof(TSequence).IsAbstract)
            throw new NotSupportedException(
                $"A {TypeName.Of(value.GetType())} is declared as {TypeName.Of(typeof(TSequence))}, and what it adds would be lost. "
                    + "Declare its own type, or copy it into a List<T>.");
        Item.WriteArray(writer, toItems(value));
    }

    public override TSequence? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.Null ? default : fromItems(Item.ReadArray(ref reader));
}
