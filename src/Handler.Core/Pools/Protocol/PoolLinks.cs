using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// One actor's ways to other pools. It keeps the link to each pool, because calls are batched only with calls that are made by the same
/// link. Used within the actor's turns.
/// </summary>
internal sealed class PoolLinks(IPoolDirectory pools, PoolTimings timings, TimeProvider time, BackgroundWork background)
{
    private readonly Dictionary<string, PoolLink> known = new(StringComparer.Ordinal);

    /// <summary>The link to a pool; <see langword="null"/> if there is no pool of that name.</summary>
    public PoolLink? Find(string pool)
    {
        if (known.TryGetValue(pool, out var link) || pools.Find(pool) is not { } peer)
            return link;
        if (known.Count >= Tuning.Pools.MaxLinks)
            known.Clear(); // pending calls continue; only later calls are not batched with them
        known.Add(pool, link = new PoolLink(pool, peer, timings, time, background));
        return link;
    }

    /// <summary>Asks a pool for a share. Never throws synchronously.</summary>
    public ValueTask<AcquireReply> AcquireAsync(string pool, in AcquireRequest request)
        => Find(pool) is { } link ? link.AcquireAsync(request) : ValueTask.FromResult(AcquireReply.No(Rejects.NoSuchPool(pool)));
}
