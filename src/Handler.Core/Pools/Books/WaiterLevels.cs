namespace Handler.Pools;

/// <summary>The jobs of one child that wait for room: by priority, and within a priority in the order in which they arrived.</summary>
internal sealed class WaiterLevels
{
    private readonly SortedDictionary<int, LinkedList<Waiter>> levels = new(Comparer<int>.Create((a, b) => b.CompareTo(a)));

    /// <summary>
    /// How many jobs of other children have overtaken this child since its last job got room, because the first one was too large.
    /// </summary>
    public int Overtaken { get; set; }

    public bool IsEmpty => levels.Count == 0;

    public Waiter? First => IsEmpty ? null : levels.First().Value.First!.Value;

    public IEnumerable<Waiter> All => levels.Values.SelectMany(level => level);

    public void Add(Waiter waiter)
    {
        if (!levels.TryGetValue(PriorityOf(waiter), out var level))
            levels.Add(PriorityOf(waiter), level = []);
        var before = level.Last;
        while (before is not null && before.Value.Since > waiter.Since)
            before = before.Previous; // it has waited here before
        if (before == level.Last)
            waiter.Place = level.AddLast(waiter);
        else
            waiter.Place = before is null ? level.AddFirst(waiter) : level.AddAfter(before, waiter);
    }

    /// <summary>Removes a waiter from any position.</summary>
    public void Remove(Waiter waiter)
    {
        var level = waiter.Place!.List!;
        level.Remove(waiter.Place);
        waiter.Place = null;
        if (level.Count == 0)
            levels.Remove(PriorityOf(waiter));
        if (IsEmpty)
            Overtaken = 0;
    }

    private static int PriorityOf(Waiter waiter) => waiter.Request.Priority;
}
