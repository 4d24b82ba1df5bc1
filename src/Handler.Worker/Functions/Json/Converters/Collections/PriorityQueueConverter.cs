using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

/// <summary>Priority queues: <c>["comparer", [element, priority, ...]]</c>, in heap order.</summary>
internal sealed class PriorityQueueConverter<TElement, TPriority>(JsonSerializerOptions options)
    : JsonConverter<PriorityQueue<TElement, TPriority>>,
        ICompositeConverter
{
    private readonly Lazy<(JsonPart<TElement> Element, JsonPart<TPriority> Priority)> parts = new(() => (new(options), new(options)));

    public IEnumerable<Type> Parts => [typeof(TElement), typeof(TPriority)];

    public override void Write(Utf8JsonWriter writer, PriorityQueue<TElement, TPriority> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(ComparerTags.Of(value.Comparer, value.GetType()));
        writer.WriteStartArray();
        foreach (var (element, priority) in value.UnorderedItems)
        {
            parts.Value.Element.Write(writer, element);
            parts.Value.Priority.Write(writer, priority);
        }

        writer.WriteEndArray();
        writer.WriteEndArray();
    }

    public override PriorityQueue<TElement, TPriority> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.StartArray);
        JsonTokens.Next(ref reader, JsonTokenType.String);
        var comparer = ComparerTags.Ordering<TPriority>(reader.GetString()!);
        JsonTokens.Next(ref reader, JsonTokenType.StartArray);
        var items = new List<(TElement, TPriority)>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var element = parts.Value.Element.Read(ref reader);
            reader.Read();
            ReadBudget.Add(items, (element, parts.Value.Priority.Read(ref reader)));
        }

        JsonTokens.Next(ref reader, JsonTokenType.EndArray);

        // In heap order no item moves. They are added one by one, because comparers may be slow.
        var queue = new PriorityQueue<TElement, TPriority>(comparer);
        foreach (var (element, priority) in items)
        {
            ReadBudget.Look();
            queue.Enqueue(element, priority);
        }

        return queue;
    }
}
