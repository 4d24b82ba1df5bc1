using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>Asks the sources of a section what the section itself does not tell.</summary>
internal static class SectionSources
{
    /// <summary>Whether a source has the section, even an empty one.</summary>
    public static bool Have(IConfigurationSection section)
        => Spelling(section, ConfigurationPath.GetParentPath(section.Path), section.Key) is not null;

    /// <summary>How the first source spells a key; <see langword="null"/> if no source has it, or the sources are unknown.</summary>
    /// <param name="section">A section of the configuration.</param>
    /// <param name="path">The section that has the key; <see langword="null"/> for the whole configuration.</param>
    /// <param name="key">The key.</param>
    public static string? Spelling(IConfigurationSection section, string? path, string key)
        => RootOf(section) is { } root ? Find(root, path, key) : null;

    private static string? Find(IConfigurationRoot root, string? path, string key)
    {
        foreach (var provider in root.Providers)
        {
            // Within one source the order of spellings is undefined. The ordinal maximum prefers lowercase to uppercase.
            var found = provider is ChainedConfigurationProvider { Configuration: IConfigurationRoot inner }
                ? Find(inner, path, key)
                : provider
                    .GetChildKeys([], path)
                    .Where(child => child.Equals(key, StringComparison.OrdinalIgnoreCase))
                    .Max(StringComparer.Ordinal);
            if (found is not null)
                return found;
        }

        return null;
    }

    /// <summary>
    /// A section does not expose its source; only its root knows the sources. If the section is of another class, or another version of
    /// that class keeps its root elsewhere, they are unknown.
    /// </summary>
    private static IConfigurationRoot? RootOf(IConfigurationSection section)
    {
        try
        {
            return section is ConfigurationSection known ? Root(known) : null;
        }
        catch (MissingFieldException)
        {
            return null;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_root")]
    private static extern ref readonly IConfigurationRoot Root(ConfigurationSection section);
}
