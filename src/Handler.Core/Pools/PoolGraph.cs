namespace Handler.Pools;

/// <summary>Checks the pools of a handler as a whole: each one's options, and who delegates to whom.</summary>
internal static class PoolGraph
{
    public const int MaxWorkersLimit = 1_000_000;
    public const long MaxMemoryLimit = 1L << 50;
    public const int MaxWaitingLimit = 1_000_000;

    /// <summary>Deeper chains do not fit into a route, see <see cref="Route"/>.</summary>
    public const int MaxDepth = Route.MaxDepth;

    /// <summary>Every mistake, one sentence each; empty when all is well.</summary>
    public static IReadOnlyList<string> FindErrors(IReadOnlyDictionary<string, PoolOptions> pools, IReadOnlyCollection<string> selectors)
    {
        var errors = new List<string>();
        foreach (var (name, options) in pools)
            CheckOptions(name, options, pools, selectors, errors);
        FindCycles(pools, errors);
        return errors;
    }

    /// <summary>The mistakes that a change would bring. Those that are there already, as when a parent was removed, are not its fault.</summary>
    public static IReadOnlyList<string> FindNewErrors(IReadOnlyDictionary<string, PoolOptions> present, IReadOnlyDictionary<string, PoolOptions> changed, IReadOnlyCollection<string> selectors)
        => [.. FindErrors(changed, selectors).Except(FindErrors(present, selectors))];

    /// <exception cref="ArgumentException">Something is wrong; the message lists every mistake.</exception>
    public static void Validate(IReadOnlyDictionary<string, PoolOptions> pools, IReadOnlyCollection<string> selectors)
    {
        var errors = FindErrors(pools, selectors);
        if (errors.Count > 0)
            throw new ArgumentException("The pools are not usable: " + string.Join(" ", errors));
    }

    private static void CheckOptions(string name, PoolOptions options, IReadOnlyDictionary<string, PoolOptions> pools, IReadOnlyCollection<string> selectors, List<string> errors)
    {
        if (string.IsNullOrWhiteSpace(name))
            errors.Add("A pool has an empty name.");
        CheckRange(nameof(options.MaxWorkers), options.MaxWorkers, MaxWorkersLimit);
        CheckRange(nameof(options.MaxMemoryBytes), options.MaxMemoryBytes, MaxMemoryLimit);
        CheckRange(nameof(options.MaxWaiting), options.MaxWaiting, MaxWaitingLimit);
        if (options.DelegateTo is not null && options.Selector is not null)
            errors.Add($"Pool {name}: DelegateTo and Selector exclude each other.");
        if (options.DelegateTo is { } parent && !pools.ContainsKey(parent))
            errors.Add($"Pool {name}: DelegateTo names {parent}, which is no pool.");
        if (options.Selector is { } selector && !selectors.Contains(selector))
            errors.Add($"Pool {name}: no selector is registered as {selector}.");
        if (options.SelectorConfig is not null && options.Selector is null)
            errors.Add($"Pool {name}: SelectorConfig is set, but no Selector.");

        void CheckRange(string option, long value, long most)
        {
            if (value < 0 || value > most)
                errors.Add($"Pool {name}: {option} is {value}; allowed is 0 to {most}.");
        }
    }

    // Every pool has at most one fixed parent, so from each pool there is one path to walk; a cycle is named once, from
    // its alphabetically first pool. What selectors answer is known only as jobs come: pools see such a cycle themselves.
    private static void FindCycles(IReadOnlyDictionary<string, PoolOptions> pools, List<string> errors)
    {
        foreach (var start in pools.Keys)
        {
            var path = new List<string> { start };
            for (var next = ParentOf(start); next is not null; next = ParentOf(next))
            {
                if (next == start)
                {
                    if (path.TrueForAll(other => string.CompareOrdinal(start, other) <= 0))
                        errors.Add($"Pools delegate in a circle: {string.Join(" → ", path)} → {start}.");
                    break;
                }

                if (path.Contains(next))
                    break;
                path.Add(next);
                if (path.Count > MaxDepth)
                {
                    errors.Add($"Pool {start}: its chain of parents has more than {MaxDepth} pools.");
                    break;
                }
            }
        }

        string? ParentOf(string pool) => pools.TryGetValue(pool, out var options) ? options.DelegateTo : null;
    }
}
