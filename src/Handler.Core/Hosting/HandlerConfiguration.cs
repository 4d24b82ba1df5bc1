using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>
/// Reads options from a configuration. A name that is not known, and a value that cannot be read, are errors, told with all others when the options are checked: the usual
/// binding passes over both within a dictionary, and a pool would be missing without a word.
/// </summary>
internal static class HandlerConfiguration
{
    private const string Pools = nameof(HandlerOptions.Pools);
    private const string Variables = nameof(HandlerOptions.WorkerEnvironment);

    /// <summary>Sets the options that the section has, and notes what is wrong in it.</summary>
    /// <param name="section">The section.</param>
    /// <param name="options">Are set, and get the errors.</param>
    /// <param name="others">Parts of the section that are somebody else's.</param>
    public static void Bind(IConfigurationSection section, HandlerOptions options, params string[] others)
    {
        var errors = options.ConfigurationMistakes;
        var pools = section.GetSection(Pools);
        errors.AddRange(MistakesIn(section).Concat(MistakesIn(pools)));
        BindEach(Without(section, [Pools, Variables, .. others]), options, errors);
        BindVariables(section.GetSection(Variables), options, errors);
        foreach (var pool in pools.GetChildren())
        {
            if (string.IsNullOrWhiteSpace(pool.Key))
            {
                errors.Add($"{pools.Path} has a pool with a blank name; a name needs a character that is not blank.");
                continue;
            }

            errors.AddRange(MistakesIn(pool));
            options.AddPool(FirstSpelling.Of(pools, pool.Key), values => BindEach(pool, values, errors));
        }
    }

    /// <summary>A section without parts of it.</summary>
    public static IConfigurationSection Without(IConfigurationSection section, params string[] parts)
        => Copy(section, section.GetChildren().Where(child => !parts.Contains(child.Key, StringComparer.OrdinalIgnoreCase)));

    private static void BindVariables(IConfigurationSection section, HandlerOptions options, List<string> errors)
    {
        errors.AddRange(MistakesIn(section));
        foreach (var variable in section.GetChildren())
        {
            if (variable.GetChildren().Any())
                errors.Add($"{variable.Path} has settings in it; an environment variable has a value and nothing else.");
            else
                options.WorkerEnvironment[FirstSpelling.Of(section, variable.Key)] = variable.Value!; // a missing one is told with the other errors
        }
    }

    private static void BindEach(IConfigurationSection section, object target, List<string> errors)
    {
        foreach (var child in section.GetChildren())
        {
            try
            {
                Copy(section, [child]).Bind(target, static binder => binder.ErrorOnUnknownConfiguration = true);
            }
            catch (InvalidOperationException exception)
            {
                errors.Add($"{child.Path}: {exception.Message}");
            }
        }
    }

    private static IConfigurationSection Copy(IConfigurationSection section, IEnumerable<IConfigurationSection> children)
        => new ConfigurationBuilder().AddInMemoryCollection(children.SelectMany(static child => child.AsEnumerable())).Build().GetSection(section.Path);

    /// <summary>A section that has a value of its own is one that somebody took for a setting.</summary>
    public static IEnumerable<string> MistakesIn(IConfigurationSection section)
        => section.Value is { Length: > 0 } ? [$"{section.Path} has a value; it is a section with settings in it, and has none itself."] : []; // not told, for it may hold a password
}
