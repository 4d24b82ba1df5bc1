using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>
/// Finds the spelling of a name in a configuration. Configuration keys are case-insensitive. If several sources set the same key, for
/// example a file and an environment variable in capitals, a section may report any of their spellings. Where the spelling of a name
/// matters, the first source decides it; later sources only change its settings.
/// </summary>
internal static class FirstSpelling
{
    /// <summary>The first spelling of a key of a section.</summary>
    public static string Of(IConfigurationSection section, string key)
        => RootOf(section) is { } root && Find(root, section.Path, key) is { } first ? first : key;

    private static string? Find(IConfigurationRoot root, string path, string key)
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
    /// that class keeps its root elsewhere, the section's own spelling is used.
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
