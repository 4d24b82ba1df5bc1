using System.Diagnostics.CodeAnalysis;

namespace Handler.Infrastructure;

/// <summary>Remembers a limited number of entries, for messages that arrive late or twice. The oldest entry is dropped first.</summary>
internal sealed class BoundedHistory<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, TValue> values = [];
    private readonly Queue<TKey> order = [];

    public bool IsEmpty => values.Count == 0;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) => values.TryGetValue(key, out value);

    public void Set(TKey key, TValue value)
    {
        if (!values.TryAdd(key, value))
        {
            values[key] = value;
            return;
        }

        order.Enqueue(key);
        if (order.Count > capacity)
            values.Remove(order.Dequeue());
    }
}
