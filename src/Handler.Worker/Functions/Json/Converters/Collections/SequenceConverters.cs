using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Handler.Functions;

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
