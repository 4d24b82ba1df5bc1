using Handler.Functions;

namespace Handler.Pools;

/// <summary>Checks the pools of a handler as a whole: each pool's options, and which pool delegates to which.</summary>
internal static class PoolGraph
{
    /// <summary>Longer chains do not fit into a route, see <see cref="Route"/>.</summary>
    public const int MaxDepth = Route.MaxDepth;

    /// <summary>
    /// The maximum length of a pool's name, which is part of log lines, of keys in storage and of every message about the pool.
    /// </summary>
    public const int MaxNameLength = 256;

    /// <summary>Returns every error as one sentence; empty if there are none.</summary>
    /// <param name="pools">The pools by name. Names are case-sensitive.</param>
    /// <param name="names">What the pools may refer to.</param>
    /// <param name="hasOthers">Whether other pools may exist to which these may delegate.</param>
    public static IReadOnlyList<string> FindErrors(
        IReadOnlyDictionary<string, PoolOptions> pools,
        RegisteredNames names,
        bool hasOthers = false)
    {
        var spellings = pools.Keys.ToLookup(static name => name, StringComparer.OrdinalIgnoreCase);
        var errors = FindErrors(
            pools.Keys,
            pools.GetValueOrDefault,
            name => spellings[name].FirstOrDefault(other => other != name),
            names,
            hasOthers);
        errors.AddRange(PoolGuarantees.ErrorsIn(pools));
        return errors;
    }

    /// <summary>
    /// The errors that a change would add. Existing errors, such as after a parent was removed, are not counted against it.
    /// </summary>
    public static IReadOnlyList<string> FindNewErrors(
        IReadOnlyDictionary<string, PoolOptions> present,
        IReadOnlyDictionary<string, PoolOptions> changed,
        RegisteredNames names)
        => [.. FindErrors(changed, names).Except(FindErrors(present, names))];

    /// <summary>The same for adding or changing one pool. The others are checked only if some delegate to it.</summary>
    public static IReadOnlyList<string> FindNewErrors(
        IReadOnlyDictionary<string, PoolOptions> present,
        string name,
        PoolOptions options,
        RegisteredNames names)
    {
        IEnumerable<string> touched = present.Any(pool => pool.Value.Parent == name) ? present.Keys.Union([name]) : [name];
        var changed = new Dictionary<string, PoolOptions>(present, StringComparer.Ordinal) { [name] = options };
        return [
            .. FindErrors(touched, changed.GetValueOrDefault, OtherSpelling, names)
                .Except(FindErrors(touched.Where(present.ContainsKey), present.GetValueOrDefault, OtherSpelling, names)),
            .. PoolGuarantees.ErrorsIn(changed).Except(PoolGuarantees.ErrorsIn(present)),
        ];

        string? OtherSpelling(string pool)
            => present.Keys.FirstOrDefault(other => other != pool && other.Equals(pool, StringComparison.OrdinalIgnoreCase));
    }

    private static List<string> FindErrors(
        IEnumerable<string> pools,
        Func<string, PoolOptions?> find,
        Func<string, string?> otherSpelling,
        RegisteredNames names,
        bool hasOthers = false)
    {
        var errors = new List<string>();
        foreach (var name in pools)
        {
            CheckName(name, otherSpelling, errors);
            CheckOptions(name, find(name)!, names, errors);
            CheckParent(name, find(name)!, find, otherSpelling, hasOthers, errors);
            CheckChain(name, find, errors);
        }

        return errors;
    }

    private static void CheckName(string name, Func<string, string?> otherSpelling, List<string> errors)
    {
        if (string.IsNullOrWhiteSpace(name))
            errors.Add("A pool has an empty name.");
        else if (name.Trim() != name)
            errors.Add($"The name of pool \"{Excerpt.OfName(Printable(name))}\" has a blank at an end; remove it.");
        if (name.Length > MaxNameLength)
            errors.Add(
                $"A pool has a name of {name.Length} characters, which begins with {name[..20]}; "
                    + $"it must have between 1 and {MaxNameLength}.");
        if (name.Any(char.IsControl))
            errors.Add(
                $"The name of pool {Excerpt.OfName(Printable(name))} contains control characters; remove them.");
        if (otherSpelling(name) is { } other
            && string.Join(" and ", new[] { name, other }.Order(StringComparer.Ordinal).Select(Excerpt.OfName)) is var both
            && !errors.Exists(error => error.Contains(both, StringComparison.Ordinal)))
            errors.Add($"Pools {both} differ by case only; use one spelling, or another name.");
    }

    private static string Printable(string name) => string.Concat(name.Where(static each => !char.IsControl(each)));

    private static void CheckParent(
        string name,
        PoolOptions options,
        Func<string, PoolOptions?> find,
        Func<string, string?> otherSpelling,
        bool hasOthers,
        List<string> errors)
    {
        if (options.Parent is not { } parent || find(parent) is not null)
            return;
        if (otherSpelling(parent) is { } spelled)
            errors.Add(
                $"Pool {Excerpt.OfName(name)}: Parent names {Excerpt.OfName(parent)}, which does not exist; "
                    + $"names are case-sensitive, and there is a pool {Excerpt.OfName(spelled)}.");
        else if (!hasOthers)
            errors.Add($"Pool {Excerpt.OfName(name)}: Parent names {Excerpt.OfName(parent)}, which does not exist.");
    }

    private static void CheckOptions(string name, PoolOptions options, RegisteredNames names, List<string> errors)
    {
        errors.AddRange(OptionRanges.ErrorsIn(options, $"Pool {Excerpt.OfName(name)}: "));
        if (options.Parent is not null && options.Selector is not null)
            errors.Add($"Pool {Excerpt.OfName(name)}: Parent and Selector are both set; set at most one of them.");
        if (options.Selector is { } selector && !names.HasSelector(selector))
            errors.Add($"Pool {Excerpt.OfName(name)}: no selector is registered as {Excerpt.OfName(selector)}.");
        if (options.Profile is { } blank && string.IsNullOrWhiteSpace(blank))
            errors.Add($"Pool {Excerpt.OfName(name)}: Profile is blank; name a profile, or set null for that of the parent.");
        else if (options.Profile is { } profile && !names.HasProfile(profile))
        {
            var known = names.Profiles.Append(ProfileOptions.DefaultName).Select(Excerpt.OfName).Order(StringComparer.Ordinal);
            errors.Add(
                $"Pool {Excerpt.OfName(name)}: there is no profile {Excerpt.OfName(profile)}; "
                    + $"the profiles are {string.Join(", ", known)}.");
        }

        if (options.SelectorConfig is not null && options.Selector is null)
            errors.Add($"Pool {Excerpt.OfName(name)}: SelectorConfig is set, but Selector is not.");
        errors.AddRange(PoolGuarantees.ErrorsOf(name, options));
    }

    // Every pool has at most one fixed parent, so there is one path to walk from each pool. A cycle is reported once, from its
    // alphabetically first pool. What selectors return is known only when jobs arrive: pools detect such a cycle themselves.
    private static void CheckChain(string start, Func<string, PoolOptions?> find, List<string> errors)
    {
        var path = new List<string> { start };
        for (var next = find(start)?.Parent; next is not null; next = find(next)?.Parent)
        {
            if (path.IndexOf(next) is >= 0 and var first)
            {
                AddCycle(path[first..], errors);
                return;
            }

            path.Add(next);
            if (path.Count > MaxDepth)
            {
                errors.Add($"Pool {Excerpt.OfName(start)}: its chain of parents has more than {MaxDepth} pools.");
                return;
            }
        }
    }

    private static void AddCycle(List<string> cycle, List<string> errors)
    {
        var first = cycle.IndexOf(cycle.Min(StringComparer.Ordinal)!);
        var error =
            "Pools delegate in a circle: "
                + $"{string.Join(" → ", cycle[first..].Concat(cycle[..first]).Append(cycle[first]).Select(Excerpt.OfName))}.";
        if (!errors.Contains(error))
            errors.Add(error);
    }
}
