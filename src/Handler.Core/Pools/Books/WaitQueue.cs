namespace Handler.Pools;

/// <summary>
/// The jobs that wait for room in a pool: by priority, first in first out within a priority. No job overtakes the first one, so that small
/// jobs do not starve a big one.
/// </summary>
internal sealed class WaitQueue : IReadOnlyWaitQueue
{
    private readonly SortedDictionary<int, LinkedList<Waiter>> queues = new(Comparer<int>.Create((a, b) => b.CompareTo(a)));

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public Waiter? First => Count == 0 ? null : queues.First().Value.First!.Value;

    /// <summary>Whether a job waits that a request of this priority must not overtake.</summary>
    public bool IsAhead(int priority) => Count > 0 && queues.First().Key >= priority;

    public void Add(Waiter waiter)
    {
        if (!queues.TryGetValue(PriorityOf(waiter), out var queue))
            queues.Add(PriorityOf(waiter), queue = []);
        waiter.Place = queue.AddLast(waiter);
        Count++;
    }

    /// <summary>Removes a waiter from any position; does nothing if it is not in the queue.</summary>
    public void Remove(Waiter waiter)
    {
        if (waiter.Place is not { List: { } queue } place)
            return;
        queue.Remove(place);
        waiter.Place = null;
        Count--;
        if (queue.Count == 0)
            queues.Remove(PriorityOf(waiter));
    }

    private static int PriorityOf(Waiter waiter) => waiter.Request.Priority;

    /// <inheritdoc/>
    public List<Waiter> Where(Func<Waiter, bool> condition) => [.. queues.Values.SelectMany(queue => queue).Where(condition)];
}
