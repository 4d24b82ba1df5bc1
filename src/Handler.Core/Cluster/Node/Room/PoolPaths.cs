using System.Collections.Concurrent;
using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>
/// By which path the jobs of each pool were last admitted. A job that takes room before it has a lease counts there. Those of pools that
/// have admitted nothing yet are one child together: their callers may have named any pool. Thread-safe.
/// </summary>
internal sealed class PoolPaths
{
    private static readonly PoolPath Unknown = new("\0", 1, null); // no pool has this name

    private readonly ConcurrentDictionary<string, PoolPath> known = new(StringComparer.Ordinal);

    /// <summary>The path of a job; <see langword="null"/> if it has no pool.</summary>
    /// <param name="pool">The pool that its caller named, if any.</param>
    /// <param name="leased">The path by which it was admitted; <see langword="null"/> if it has no lease.</param>
    public PoolPath? Of(string? pool, PoolPath? leased)
    {
        if (pool is null)
            return null;
        var isKnown = known.TryGetValue(pool, out var path);
        if (leased is null || leased == path)
            return path ?? Unknown;
        if (!isKnown && known.Count >= Tuning.Calls.MaxPaths)
            known.Clear();
        return known[pool] = leased;
    }
}
