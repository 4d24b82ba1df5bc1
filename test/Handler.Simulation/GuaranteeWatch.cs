using Handler.FairShare;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// Checks that what pools below a pool are guaranteed is never given to others, and never refused to them. Adds up what each of them uses
/// from the shares themselves.
/// </summary>
internal sealed class GuaranteeWatch(Monitor monitor, string name)
{
    private (PoolActor Pool, GuaranteeList Guarantees, PoolLimits Limits)? before; // if all was kept then

    public void Look(PoolActor pool)
    {
        var now = (pool, pool.Configuration.Guarantees, pool.State.Ledger.Limits);
        var isKept = pool.IsReady && IsKept(pool);
        if (pool.IsReady && !isKept && !pool.Configuration.Guarantees.IsEmpty && IsKept(pool, ofCommitted: true))
            monitor.Violate($"jobs that wait above {name} hold what it must keep for pools below it: {pool.Configuration.Guarantees}");
        if (!isKept && pool.IsReady && before == now)
            monitor.Violate($"{name} has given away what it keeps for pools below it: {pool.Configuration.Guarantees}");
        before = isKept ? now : null;
        if (isKept && !now.Guarantees.IsEmpty && pool.Queue.Count > 0)
            CheckWaiting(pool);
    }

    /// <summary>
    /// Whether a request is for no more than a pool below is guaranteed and does not use, so that there is no reason to reject it.
    /// </summary>
    public static bool IsOwed(PoolActor pool, AcquireRequest request)
        => pool.IsReady
            && !pool.Configuration.Guarantees.IsEmpty
            && !pool.State.Ledger.TryGet(request.Job, out _)
            && IsKept(pool)
            && Lowest(pool).Any(place =>
                IsUnder(request.From, place.Path)
                && IsUnused(pool, place.Path, place.Guarantee, request.Bytes)
                && pool.Queue.Where(waiter => IsUnder(waiter.Request.From, place.Path)).Count == 0);

    private void CheckWaiting(PoolActor pool)
    {
        foreach (var (guarantee, path) in Lowest(pool))
        {
            var heads = pool.Queue.Where(waiter => IsUnder(waiter.Request.From, path))
                .GroupBy(static waiter => waiter.Leaf)
                .Select(static leaf => leaf.First())
                .ToList();
            if (heads.Count > 0 && heads.TrueForAll(head => IsUnused(pool, path, guarantee, head.Request.Bytes)))
                monitor.Violate($"{heads[0].Request.Job} waits in {name} although {guarantee} does not use it");
        }
    }

    /// <summary>The guarantees of pools below which no other has one, with the names from the child on.</summary>
    private static IEnumerable<(Guarantee Guarantee, List<string> Path)> Lowest(PoolActor pool)
    {
        var all = pool.Configuration.Guarantees.All;
        return all
            .Where(guarantee => all.All(other => other.Parent != guarantee.Pool))
            .Select(guarantee => (guarantee, PathTo(guarantee, all)));
    }

    private static List<string> PathTo(Guarantee guarantee, IReadOnlyList<Guarantee> all)
    {
        var path = new List<string> { guarantee.Pool };
        for (var parent = guarantee.Parent; parent is not null; parent = all.First(other => other.Pool == path[0]).Parent)
            path.Insert(0, parent);
        return path;
    }

    private static bool IsUnused(PoolActor pool, List<string> path, Guarantee guarantee, long bytes)
    {
        var used = pool.State.Ledger.All().Where(share => IsUnder(share.Request.From, path)).ToList();
        return used.Count < guarantee.Workers && used.Sum(static share => share.Request.Bytes) + bytes <= guarantee.Bytes;
    }

    /// <summary>Whether there is room for all that is used and guaranteed. After a change this may be wrong until jobs end.</summary>
    private static bool IsKept(PoolActor pool, bool ofCommitted = false)
    {
        var (ledger, all) = (pool.State.Ledger, pool.Configuration.Guarantees.All);
        var shares = ledger.All().Where(share => share.Committed || !ofCommitted).Select(static share => share.Request).ToList();
        var isEachKept = all.All(guarantee =>
        {
            var path = PathTo(guarantee, all);
            var others = shares.Where(share => !IsUnder(share.From, path)).ToList();
            return others.Count + guarantee.Workers <= ledger.Limits.MaxWorkers
                && others.Sum(static share => share.Bytes) + guarantee.Bytes <= ledger.Limits.MaxMemoryBytes;
        });
        return isEachKept
            && Claim(null, static guarantee => guarantee.Workers, static _ => 1) <= ledger.Limits.MaxWorkers
            && Claim(null, static guarantee => guarantee.Bytes, static share => share.Bytes) <= ledger.Limits.MaxMemoryBytes;

        long Claim(string? parent, Func<Guarantee, long> guaranteed, Func<ShareRequest, long> used)
            => all.Where(guarantee => guarantee.Parent == parent)
                .Sum(guarantee => Math.Max(guaranteed(guarantee), Claim(guarantee.Pool, guaranteed, used)))
                + shares.Where(share => Deepest(share.From, all) == parent).Sum(used);
    }

    /// <summary>The last pool on a path that has a guarantee, or below which one has.</summary>
    private static string? Deepest(PoolPath? path, IReadOnlyList<Guarantee> all)
    {
        string? deepest = null;
        for (; path is not null && all.Any(guarantee => guarantee.Pool == path.Pool && guarantee.Parent == deepest); path = path.Below)
            deepest = path.Pool;
        return deepest;
    }

    private static bool IsUnder(PoolPath? path, List<string> names)
    {
        foreach (var each in names)
        {
            if (path?.Pool != each)
                return false;
            path = path.Below;
        }

        return true;
    }
}
