namespace Handler.Pools;

/// <summary>How many bytes the waiting jobs need, so that a pool knows whether all of them fit into the free memory.</summary>
internal sealed class WaitingSizes
{
    private readonly Dictionary<long, int> counts = [];
    private readonly SortedSet<long> sizes = [];

    /// <summary>The size of the largest; 0 if none waits.</summary>
    public long Largest => sizes.Max;

    public void Add(long bytes)
    {
        var count = counts.GetValueOrDefault(bytes);
        counts[bytes] = count + 1;
        if (count == 0)
            sizes.Add(bytes);
    }

    public void Remove(long bytes)
    {
        if (--counts[bytes] > 0)
            return;
        counts.Remove(bytes);
        sizes.Remove(bytes);
    }
}
