using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>A section that the application gives for options, instead of the usual one.</summary>
/// <param name="Options">The type of the options.</param>
/// <param name="Handler">The name of the handler; empty for the one without a name.</param>
/// <param name="Section">The section.</param>
internal sealed record GivenSection(Type Options, string Handler, IConfigurationSection Section);
