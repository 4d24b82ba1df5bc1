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
        => FindErrors(pools.Keys, pools.GetValueOrDefault, selectors);

    /// <summary>The mistakes that a change would bring. Those that are there already, as when a parent was removed, are not its fault.</summary>
    public static IReadOnlyList<string> FindNewErrors(IReadOnlyDictionary<string, PoolOptions> present, IReadOnlyDictionary<string, PoolOptions> changed, IReadOnlyCollection<string> selectors)
        => [.. FindErrors(changed, selectors).Except(FindErrors(present, selectors))];

    /// <summary>The same, of adding or changing one pool. The others are looked at only where some delegate to it.</summary>
    public static IReadOnlyList<string> FindNewErrors(IReadOnlyDictionary<string, PoolOptions> present, string name, PoolOptions options, IReadOnlyCollection<string> selectors)
    {
        IEnumerable<string> touched = present.Any(pool => pool.Value.DelegateTo == name) ? present.Keys.Union([name]) : [name];
        return [.. FindErrors(touched, pool => pool == name ? options : present.GetValueOrDefault(pool), selectors).Except(FindErrors(touched.Where(present.ContainsKey), present.GetValueOrDefault, selectors))];
    }

    private static List<string> FindErrors(IEnumerable<string> names, Func<string, PoolOptions?> find, IReadOnlyCollection<string> selectors)
    {
        var errors = new List<string>();
        foreach (var name in names)
        {
            CheckOptions(name, find(name)!, find, selectors, errors);
            CheckChain(name, find, errors);
        }

        return errors;
    }

    private static void CheckOptions(string name, PoolOptions options, Func<string, PoolOptions?> find, IReadOnlyCollection<string> selectors, List<string> errors)
    {
        if (string.IsNullOrWhiteSpace(name))
            errors.Add("A pool has an empty name.");
        if (name == NodeActor.NodePool)
            errors.Add($"A pool must not be named {name}: in a reject that is the machine itself.");
        CheckRange(nameof(options.MaxWorkers), options.MaxWorkers, MaxWorkersLimit);
        CheckRange(nameof(options.MaxMemoryBytes), options.MaxMemoryBytes, MaxMemoryLimit);
        CheckRange(nameof(options.MaxWaiting), options.MaxWaiting, MaxWaitingLimit);
        if (options.DelegateTo is not null && options.Selector is not null)
            errors.Add($"Pool {name}: DelegateTo and Selector exclude each other.");
        if (options.DelegateTo is { } parent && find(parent) is null)
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
    private static void CheckChain(string start, Func<string, PoolOptions?> find, List<string> errors)
    {
        var path = new List<string> { start };
        for (var next = find(start)?.DelegateTo; next is not null; next = find(next)?.DelegateTo)
        {
            if (path.IndexOf(next) is >= 0 and var first)
            {
                AddCycle(path[first..], errors);
                return;
            }

            path.Add(next);
            if (path.Count > MaxDepth)
            {
                errors.Add($"Pool {start}: its chain of parents has more than {MaxDepth} pools.");
                return;
            }
        }
    }

    private static void AddCycle(List<string> cycle, List<string> errors)
    {
        var first = cycle.IndexOf(cycle.Min(StringComparer.Ordinal)!);
        var error = $"Pools delegate in a circle: {string.Join(" → ", cycle[first..].Concat(cycle[..first]).Append(cycle[first]))}.";
        if (!errors.Contains(error))
            errors.Add(error);
    }
}
