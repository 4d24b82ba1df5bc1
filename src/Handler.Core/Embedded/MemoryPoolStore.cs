using Handler.Pools;

namespace Handler.Embedded;

/// <summary>Keeps the pools' records in this process, which is all that a node without a cluster needs. Not thread-safe.</summary>
internal sealed class MemoryPoolStore : IPoolStore
{
    private readonly Dictionary<string, (PoolRecord Record, long Tag)> records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> removed = new(StringComparer.Ordinal);

    /// <summary>Adds a pool. Returns <see langword="false"/> if one of that name exists.</summary>
    public bool Add(string pool, PoolConfiguration configuration)
    {
        removed.Remove(pool, out var epoch);
        return records.TryAdd(pool, (new PoolRecord(configuration, epoch), 0));
    }

    /// <summary>Removes a pool, but keeps its epoch.</summary>
    public bool Remove(string pool)
    {
        if (!records.Remove(pool, out var stored))
            return false;
        removed[pool] = stored.Record.Epoch;
        return true;
    }

    public ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool)
        => ValueTask.FromResult<(PoolRecord, string)?>(
            records.TryGetValue(pool, out var stored) ? (stored.Record, TagOf(stored.Tag)) : null);

    public ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag)
    {
        if (!records.TryGetValue(pool, out var stored) || TagOf(stored.Tag) != tag)
            return ValueTask.FromResult<string?>(null);
        records[pool] = (record, stored.Tag + 1);
        return ValueTask.FromResult<string?>(TagOf(stored.Tag + 1));
    }

    private static string TagOf(long tag) => tag.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
