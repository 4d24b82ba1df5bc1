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
    public static string Of(IConfigurationSection section, string key) => SectionSources.Spelling(section, section.Path, key) ?? key;
}
