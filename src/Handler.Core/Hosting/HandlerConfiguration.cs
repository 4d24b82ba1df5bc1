using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>
/// Reads options from a configuration. Unknown names and unreadable values are errors, and are reported with all others when the options
/// are checked. The standard binder ignores both inside a dictionary, so a pool would be missing without any message.
/// </summary>
internal static class HandlerConfiguration
{
    private const string Pools = nameof(HandlerOptions.Pools);
    private const string Variables = nameof(HandlerOptions.WorkerEnvironment);

    /// <summary>Sets the options that the section contains, and records the errors in it.</summary>
    /// <param name="section">The section.</param>
    /// <param name="options">The options to set; they also receive the errors.</param>
    /// <param name="others">Parts of the section that other code reads.</param>
    public static void Bind(IConfigurationSection section, HandlerOptions options, params string[] others)
    {
        var errors = options.ConfigurationErrors;
        var pools = section.GetSection(Pools);
        errors.AddRange(ErrorsIn(section).Concat(ErrorsIn(pools)));
        BindEach(Without(section, [Pools, Variables, .. others]), options, errors);
        BindVariables(section.GetSection(Variables), options, errors);
        foreach (var pool in pools.GetChildren())
        {
            if (string.IsNullOrWhiteSpace(pool.Key))
            {
                errors.Add($"{pools.Path} has a pool with a blank name; a name needs a character that is not blank.");
                continue;
            }

            errors.AddRange(ErrorsIn(pool));
            options.AddPool(FirstSpelling.Of(pools, pool.Key), values => BindEach(pool, values, errors));
        }
    }

    /// <summary>Returns a copy of a section without the given parts.</summary>
    public static IConfigurationSection Without(IConfigurationSection section, params string[] parts)
        => Copy(section, section.GetChildren().Where(child => !parts.Contains(child.Key, StringComparer.OrdinalIgnoreCase)));

    private static void BindVariables(IConfigurationSection section, HandlerOptions options, List<string> errors)
    {
        errors.AddRange(ErrorsIn(section));
        foreach (var variable in section.GetChildren())
        {
            if (variable.GetChildren().Any())
                errors.Add($"{variable.Path} contains settings; an environment variable can only have a value.");
            else
                options.WorkerEnvironment[FirstSpelling.Of(section, variable.Key)] = variable.Value!; // a missing value is reported with the other errors
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

    /// <summary>Returns an error if the section itself has a value: it was probably mistaken for a setting.</summary>
    public static IEnumerable<string> ErrorsIn(IConfigurationSection section)
        => section.Value is { Length: > 0 } ? [$"{section.Path} has a value, but it is a section that contains settings. Remove the value."] : []; // the message omits the value, which may be a password
}
