using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>
/// How a name in a configuration is spelled. Keys of configurations do not differ by case, and where several sources bring one, as a file and an environment variable in capitals do, a
/// section has it in the spelling of any of them. A name that matters is spelled as the first source has it: those that come after it only set it further.
/// </summary>
internal static class FirstSpelling
{
    /// <summary>The first spelling of a key of a section.</summary>
    public static string Of(IConfigurationSection section, string key) => RootOf(section) is { } root && Find(root, section.Path, key) is { } first ? first : key;

    private static string? Find(IConfigurationRoot root, string path, string key)
    {
        foreach (var provider in root.Providers)
        {
            // Within one source there is no first; small letters come after capitals.
            var found = provider is ChainedConfigurationProvider { Configuration: IConfigurationRoot inner }
                ? Find(inner, path, key)
                : provider.GetChildKeys([], path).Where(child => child.Equals(key, StringComparison.OrdinalIgnoreCase)).Max(StringComparer.Ordinal);
            if (found is not null)
                return found;
        }

        return null;
    }

    /// <summary>A section does not tell where it comes from, and only its root knows the sources. Where it is a section of another kind, or another version keeps its root elsewhere, its own spelling counts.</summary>
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
