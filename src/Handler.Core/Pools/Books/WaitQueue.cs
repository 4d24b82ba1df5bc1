namespace Handler.Pools;

/// <summary>Who waits for room in a pool: the higher priority first, within it first in, first out. Nobody overtakes the first one, so that a big job is not starved by small ones.</summary>
internal sealed class WaitQueue
{
    private readonly SortedDictionary<int, LinkedList<PendingAcquire>> _queues = new(Comparer<int>.Create((a, b) => b.CompareTo(a)));

    public int Count { get; private set; }

    public PendingAcquire? First => Count == 0 ? null : _queues.First().Value.First!.Value;

    /// <summary>Whether somebody waits whom a request of this priority must not overtake.</summary>
    public bool IsAhead(int priority) => Count > 0 && _queues.First().Key >= priority;

    public void Add(PendingAcquire waiter)
    {
        if (!_queues.TryGetValue(LineOf(waiter), out var queue))
            _queues.Add(LineOf(waiter), queue = []);
        waiter.Place = queue.AddLast(waiter);
        Count++;
    }

    /// <summary>Takes one out, wherever it stands; nothing happens when it is not in.</summary>
    public void Remove(PendingAcquire waiter)
    {
        if (waiter.Place is not { List: { } queue } place)
            return;
        queue.Remove(place);
        waiter.Place = null;
        Count--;
        if (queue.Count == 0)
            _queues.Remove(LineOf(waiter));
    }

    private int LineOf(PendingAcquire waiter) => waiter.Request.Priority;

    public List<PendingAcquire> Where(Func<PendingAcquire, bool> condition) => [.. _queues.Values.SelectMany(queue => queue).Where(condition)];
}
