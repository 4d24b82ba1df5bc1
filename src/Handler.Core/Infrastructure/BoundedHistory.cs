using System.Diagnostics.CodeAnalysis;

namespace Handler.Infrastructure;

/// <summary>Remembers a limited number of entries, for messages that arrive late or twice. The oldest entry is dropped first.</summary>
internal sealed class BoundedHistory<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, TValue> _values = [];
    private readonly Queue<TKey> _order = [];

    public bool IsEmpty => _values.Count == 0;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) => _values.TryGetValue(key, out value);

    public void Set(TKey key, TValue value)
    {
        if (!_values.TryAdd(key, value))
        {
            _values[key] = value;
            return;
        }

        _order.Enqueue(key);
        if (_order.Count > capacity)
            _values.Remove(_order.Dequeue());
    }
}
