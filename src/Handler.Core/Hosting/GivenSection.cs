using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>A section that the application gives for options, instead of the usual one.</summary>
/// <param name="Options">The type of the options.</param>
/// <param name="Handler">The name of the handler; empty for the one without a name.</param>
/// <param name="Section">The section.</param>
/// <param name="IsNamed">Whether the application names the section. Otherwise it is the usual part of a whole configuration.</param>
internal sealed record GivenSection(Type Options, string Handler, IConfigurationSection Section, bool IsNamed)
{
    /// <summary>An error if the application names a section that its configuration does not have.</summary>
    public IEnumerable<string> Errors()
    {
        if (IsNamed && !Section.Exists() && !SectionSources.Have(Section))
        {
            yield return $"The configuration has no section {Section.Path} to read options from. "
                + "Add it, or correct its name.";
        }
    }
}
