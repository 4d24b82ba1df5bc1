using Handler.Functions;

namespace Handler.Pools;

/// <summary>
/// What pools are guaranteed in their parents: which pools have to keep it, and whether it fits. Only fixed parents count: what a selector
/// will return is unknown.
/// </summary>
internal static class PoolGuarantees
{
    private const int MaxNamed = 3;

    /// <summary>What each pool has to keep for the pools below it. Pools that keep nothing are left out.</summary>
    public static Dictionary<string, GuaranteeList> Of(IReadOnlyDictionary<string, PoolOptions> pools)
    {
        var children = ChildrenWithGuarantees(pools);
        return children.Keys.ToDictionary(
            static pool => pool, pool => new GuaranteeList(ListOf(pool, pools, children)), StringComparer.Ordinal);
    }

    /// <summary>
    /// The pools that have to keep something else after a change, other than the changed ones. Those that must learn it before the change,
    /// because they are above a changed pool from then on, and those that may learn it afterwards.
    /// </summary>
    /// <param name="before">The pools before the change.</param>
    /// <param name="after">All pools after it.</param>
    /// <param name="changed">The names of the pools that were added, changed or removed.</param>
    public static (IReadOnlyList<string> First, IReadOnlyList<string> Last) Affected(
        IReadOnlyDictionary<string, PoolOptions> before,
        IReadOnlyDictionary<string, PoolOptions> after,
        IReadOnlyCollection<string> changed)
    {
        var (kept, keeps) = (Of(before), Of(after));
        var above = changed.SelectMany(pool => Ancestors(pool, after)).ToHashSet(StringComparer.Ordinal);
        var affected = kept.Keys.Union(keeps.Keys)
            .Where(pool => after.ContainsKey(pool) && !Equals(kept.GetValueOrDefault(pool), keeps.GetValueOrDefault(pool)))
            .Except(changed)
            .ToLookup(above.Contains);
        return ([.. affected[true]], [.. affected[false]]);
    }

    /// <summary>The pools that guarantee more to their children than they have, a sentence each.</summary>
    public static IEnumerable<string> ErrorsIn(IReadOnlyDictionary<string, PoolOptions> pools)
        => Of(pools).SelectMany(pool => ErrorsOf(pool.Key, pools[pool.Key], pool.Value.ByChild()));

    /// <summary>What is wrong with what a pool itself is guaranteed.</summary>
    public static IEnumerable<string> ErrorsOf(string name, PoolOptions options)
    {
        var prefix = $"Pool {Excerpt.OfName(name)}: ";
        if (options is { Parent: null, ReservedWorkers: not 0 })
            yield return prefix + $"ReservedWorkers is {options.ReservedWorkers}, but Parent is not set; " + NeedsParent;
        if (options is { Parent: null, ReservedMemoryBytes: not 0 })
            yield return prefix + $"ReservedMemoryBytes is {options.ReservedMemoryBytes}, but Parent is not set; " + NeedsParent;
        if (options.ReservedWorkers > Math.Max(options.MaxWorkers, 0))
            yield return prefix
                + $"ReservedWorkers is {options.ReservedWorkers}, more than the pool's own MaxWorkers, {options.MaxWorkers}.";
        if (options.ReservedMemoryBytes > Math.Max(options.MaxMemoryBytes, 0))
            yield return prefix
                + $"ReservedMemoryBytes is {options.ReservedMemoryBytes}, more than the pool's own "
                + $"MaxMemoryBytes, {options.MaxMemoryBytes}.";
    }

    private static string NeedsParent => "a pool is guaranteed something only in a fixed parent.";

    private static IEnumerable<string> ErrorsOf(string name, PoolOptions options, IReadOnlyList<(string Child, Amount Amount)> children)
    {
        var sum = children.Aggregate(default(Amount), static (sum, child) => sum + child.Amount);
        if (sum.Workers > Math.Max(options.MaxWorkers, 0))
            yield return Exceeds(
                name, children, sum, static amount => amount.Workers, "workers", nameof(options.MaxWorkers), options.MaxWorkers);
        if (sum.Bytes > Math.Max(options.MaxMemoryBytes, 0))
            yield return Exceeds(
                name, children, sum, static amount => amount.Bytes, "bytes", nameof(options.MaxMemoryBytes), options.MaxMemoryBytes);
    }

    private static string Exceeds(
        string name,
        IReadOnlyList<(string Child, Amount Amount)> children,
        Amount sum,
        Func<Amount, long> of,
        string unit,
        string option,
        long limit)
    {
        var all = children.Select(child => (child.Child, Amount: of(child.Amount))).Where(static child => child.Amount > 0)
            .OrderByDescending(static child => child.Amount).ThenBy(static child => child.Child, StringComparer.Ordinal).ToList();
        var named = string.Join(", ", all.Take(MaxNamed).Select(child => $"{Excerpt.OfName(child.Child)} {child.Amount}"));
        var others = all.Count > MaxNamed ? $" and {all.Count - MaxNamed} more" : "";
        return $"Pool {Excerpt.OfName(name)}: its {option} is {limit}, but its children are guaranteed "
            + $"{of(sum)} {unit} ({named}{others}), with what the pools below them are guaranteed.";
    }

    /// <summary>The children of each pool that are guaranteed something, or have pools below them that are.</summary>
    private static Dictionary<string, SortedSet<string>> ChildrenWithGuarantees(IReadOnlyDictionary<string, PoolOptions> pools)
    {
        var children = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var (name, options) in pools)
        {
            if (options is { ReservedWorkers: 0, ReservedMemoryBytes: 0 })
                continue;
            var child = name;
            foreach (var parent in Ancestors(name, pools))
            {
                if (!children.TryGetValue(parent, out var siblings))
                    children.Add(parent, siblings = new SortedSet<string>(StringComparer.Ordinal));
                if (!siblings.Add(child))
                    break; // the rest of the way is known
                child = parent;
            }
        }

        return children;
    }

    /// <summary>The pools above a pool, up to one whose parent is missing or not fixed. A circle ends where it closes.</summary>
    private static List<string> Ancestors(string name, IReadOnlyDictionary<string, PoolOptions> pools)
    {
        var ancestors = new List<string>();
        var next = ParentOf(name, pools);
        while (next is not null && next != name && !ancestors.Contains(next))
        {
            ancestors.Add(next);
            next = ParentOf(next, pools);
        }

        return ancestors;
    }

    private static string? ParentOf(string name, IReadOnlyDictionary<string, PoolOptions> pools)
        => pools.GetValueOrDefault(name) is { Parent: { } parent, Selector: null } && pools.ContainsKey(parent) ? parent : null;

    private static List<Guarantee> ListOf(
        string top, IReadOnlyDictionary<string, PoolOptions> pools, Dictionary<string, SortedSet<string>> children)
    {
        var list = new List<Guarantee>();
        var met = new HashSet<string>(StringComparer.Ordinal) { top };
        var rest = new Stack<(string Pool, string? Parent)>(children[top].Reverse().Select(static child => (child, (string?)null)));
        while (rest.TryPop(out var next))
        {
            if (!met.Add(next.Pool))
                continue; // a circle, which is an error of its own
            list.Add(new Guarantee(next.Pool, next.Parent, pools[next.Pool].ReservedWorkers, pools[next.Pool].ReservedMemoryBytes));
            foreach (var child in children.GetValueOrDefault(next.Pool)?.Reverse() ?? [])
                rest.Push((child, next.Pool));
        }

        return list;
    }
}
