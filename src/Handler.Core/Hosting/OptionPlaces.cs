using Handler.Functions;
using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>Where options belong, so that a key at the wrong level can be pointed to the right one.</summary>
/// <param name="levels">The sections with the names of their options.</param>
internal sealed class OptionPlaces(IReadOnlyList<(string Section, IReadOnlyList<string> Options)> levels)
{
    /// <summary>Names from other versions and systems.</summary>
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["DelegateTo"] = nameof(PoolOptions.Parent),
        ["DelegateFun"] = nameof(PoolOptions.Selector),
        ["DelegateFunConfig"] = nameof(PoolOptions.SelectorConfig),
    };

    /// <summary>What is wrong with a key that is no option of its section, and what may have been meant.</summary>
    /// <param name="section">The section that has the key.</param>
    /// <param name="key">The unknown key.</param>
    /// <param name="known">The keys that the section may have.</param>
    public string Unknown(IConfigurationSection section, string key, IReadOnlyCollection<string> known)
        => $"{section.Path}:{Excerpt.OfName(key)} is unknown; {Remedy(section.Path, key, known)}";

    private string Remedy(string section, string key, IReadOnlyCollection<string> known)
    {
        var name = OtherNames.GetValueOrDefault(key, key);
        if (name != key && known.Contains(name))
            return DidYouMean(name);
        string[] likely = [.. known.Where(each => IsPlural(each, key)), .. Places(name, section)];
        if (likely.Length > 0)
            return DidYouMean(likely);
        if (NameSuggestions.Nearest(name, known) is { } nearest)
            return DidYouMean(nearest);
        return NameSuggestions.Nearest(name, levels.SelectMany(static level => level.Options)) is { } elsewhere
            && Places(elsewhere, section) is { Length: > 0 } others
                ? DidYouMean(others)
                : $"known are {string.Join(", ", known)}.";
    }

    private static bool IsPlural(string name, string key) => name.Equals($"{key}s", StringComparison.OrdinalIgnoreCase);

    /// <summary>The other places that have an option of this name.</summary>
    private string[] Places(string name, string except)
        => [.. from level in levels
               where !level.Section.Equals(except, StringComparison.OrdinalIgnoreCase)
               from option in level.Options
               where option.Equals(name, StringComparison.OrdinalIgnoreCase)
               select $"{level.Section}:{option}"];

    private static string DidYouMean(params string[] names) => $"did you mean {string.Join(" or ", names)}?";
}
