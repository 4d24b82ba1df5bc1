using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
                    + "Declare its own type, or copy it into a List<T>."
            );
        Item.WriteArray(writer, toItems(value));
    }

    public override TSequence? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.Null ? default : fromItems(Item.ReadArray(ref reader));
}

/// <summary>Creates the converters for the collections of <see cref="SequenceConverter{TSequence, T}"/>.</summary>
internal static class SequenceConverters
{
    public static JsonConverter Stack<T>(JsonSerializerOptions options)
        => new SequenceConverter<Stack<T>, T>(options, static stack => stack.Reverse(), static items => new Stack<T>(items));

    public static JsonConverter ConcurrentStack<T>(JsonSerializerOptions options)
        => new SequenceConverter<ConcurrentStack<T>, T>(
            options,
            static stack => stack.Reverse(),
            static items => new ConcurrentStack<T>(items));

    public static JsonConverter ConcurrentBag<T>(JsonSerializerOptions options)
        => new SequenceConverter<ConcurrentBag<T>, T>(options, static bag => bag.Reverse(), static items => new ConcurrentBag<T>(items));

    public static JsonConverter ImmutableStack<T>(JsonSerializerOptions options)
        => new SequenceConverter<ImmutableStack<T>, T>(
            options,
            static stack => stack.Reverse(),
            static items => System.Collections.Immutable.ImmutableStack.CreateRange(items));

    public static JsonConverter ArraySegment<T>(JsonSerializerOptions options)
        => new SequenceConverter<ArraySegment<T>, T>(options, static segment => segment, static items => new ArraySegment<T>([.. items]));

    public static JsonConverter ReadOnlyCollection<T>(JsonSerializerOptions options) =>
        new SequenceConverter<ReadOnlyCollection<T>, T>(options, static items => items, static items => new ReadOnlyCollection<T>(items));

    public static JsonConverter PriorityQueue<TElement, TPriority>(JsonSerializerOptions options)
        => new PriorityQueueConverter<TElement, TPriority>(options);
}

/// <summary>
/// Sequences that are declared only as enumerable. A sequence that is computed while it is enumerated becomes an array, if it ends.
/// </summary>
internal sealed class EnumerableConverter<T>(JsonSerializerOptions options) : JsonConverter<IEnumerable<T>>, ICompositeConverter
{
    private JsonPart<T>? item;

    public IEnumerable<Type> Parts => [typeof(T)];

    private JsonPart<T> Item => item ??= new JsonPart<T>(options);

    public override void Write(Utf8JsonWriter writer, IEnumerable<T> value, JsonSerializerOptions options)
    {
        if (ProcessBoundTypes.SequenceReason(value.GetType()) is { } reason)
            throw new NotSupportedException(
                $"A {TypeName.Of(value.GetType())}, declared as {TypeName.Of(typeof(IEnumerable<T>))}, cannot travel: {reason}.");
        JsonObjectRules.RequireUsualComparer(value, typeof(IEnumerable<T>));
        writer.WriteStartArray();
        foreach (var item in value)
        {
            Item.Write(writer, item);
            if (writer.BytesCommitted + writer.BytesPending > JsonJobSerializer.BytesAllowed)
                throw new NotSupportedException(
                    $"A sequence of {TypeName.Of(typeof(T))} is computed while it is read, "
                        + $"and has not ended after {JsonJobSerializer.BytesAllowed} bytes, the option MaxPayloadBytes. "
                        + "Give it an end, as Take(1000) does, or raise MaxPayloadBytes."
                );
        }

        writer.WriteEndArray();
    }

    public override IEnumerable<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var items = Item.ReadArray(ref reader);
        return items.Count > 0 ? items.ToArray() : new T[0]; // not the shared empty array, so that two different objects stay different
    }
}

/// <summary>Multidimensional arrays: <c>[[lengths], [lower bounds], [items]]</c>.</summary>
internal sealed class MultiArrayConverter<TArray, T>(JsonSerializerOptions options) : JsonConverter<TArray>, ICompositeConverter
    where TArray : class
{
    private static readonly int Rank = typeof(TArray).GetArrayRank();

    private JsonPart<T>? item;

    public IEnumerable<Type> Parts => [typeof(T)];

    private JsonPart<T> Item => item ??= new JsonPart<T>(options);

    public override void Write(Utf8JsonWriter writer, TArray value, JsonSerializerOptions options)
    {
        var array = (Array)(object)value;
        writer.WriteStartArray();
        WriteNumbers(writer, array.GetLength);
        WriteNumbers(writer, array.GetLowerBound);
        writer.WriteStartArray();
        foreach (T item in array)
            Item.Write(writer, item);
        writer.WriteEndArray();
        writer.WriteEndArray();
    }

    public override TArray Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonTokens.Expect(ref reader, JsonTokenType.StartArray);
        var lengths = ReadNumbers(ref reader);
        var bounds = ReadNumbers(ref reader);
        reader.Read();
        var items = Item.ReadArray(ref reader);
        JsonTokens.Next(ref reader, JsonTokenType.EndArray);

        return Make(lengths, bounds, items);
    }

    /// <summary>Allocates nothing before that many items were read.</summary>
    private static TArray Make(int[] lengths, int[] bounds, List<T> items)
    {
        var product = 1L;
        foreach (var length in lengths)
        {
            product *= length;
            if (length < 0 || product > Array.MaxLength)
                throw new JsonException("The lengths are not those of an array.");
        }

        if (product != items.Count)
            throw new JsonException($"An array of {product} items has {items.Count}.");
        ReadBudget.Charge(product * Unsafe.SizeOf<T>());
        try
        {
            var array = Array.CreateInstance(typeof(T), lengths, bounds);
            items.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length));
            return (TArray)(object)array;
        }
        catch (ArgumentException e)
        {
            throw new JsonException($"The bounds are not those of an array: {e.Message}", e);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter writer, Func<int, int> number)
    {
        writer.WriteStartArray();
        for (var i = 0; i < Rank; i++)
            writer.WriteNumberValue(number(i));
        writer.WriteEndArray();
    }

    private static int[] ReadNumbers(ref Utf8JsonReader reader)
    {
        var numbers = new int[Rank];
        JsonTokens.Next(ref reader, JsonTokenType.StartArray);
        for (var i = 0; i < Rank; i++)
        {
            JsonTokens.Next(ref reader, JsonTokenType.Number);
            numbers[i] = reader.GetInt32();
        }

        JsonTokens.Next(ref reader, JsonTokenType.EndArray);
        return numbers;
    }
}

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
