using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Handler.Grains;

/// <summary>
/// Reads a silo's options from a configuration. A name that is not known, and a value that cannot be read, are mistakes: the usual binding passes over both, and a pool
/// would be missing without a word.
/// </summary>
internal static class HandlerConfiguration
{
    private const string Pools = nameof(HandlerOptions.Pools), Silo = "Silo";

    /// <exception cref="OptionsValidationException">A mistake, with the key and the value.</exception>
    public static void Bind(IConfigurationSection section, HandlerOptions options)
    {
        foreach (var part in (IConfigurationSection[])[section, section.GetSection(Silo), section.GetSection(Pools)])
        {
            if (part.Value is { Length: > 0 } value)
                throw new OptionsValidationException(Options.DefaultName, typeof(HandlerOptions), [$"{part.Path} is \"{value}\"; it is a section with settings in it, and has no value itself."]);
        }

        // The silo's own part has options of its own, and the binder swallows what goes wrong within a dictionary.
        Bind<HandlerOptions>(() => Without(section, Silo, Pools).Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true));
        foreach (var pool in section.GetSection(Pools).GetChildren())
            Bind<HandlerOptions>(() => options.AddPool(pool.Key, values => pool.Bind(values, static binder => binder.ErrorOnUnknownConfiguration = true)));
    }

    /// <summary>The section holds the settings of a silo that is a program of its own too; what else is in it is not looked at.</summary>
    /// <exception cref="OptionsValidationException">A mistake, with the key and the value.</exception>
    public static void Bind(IConfigurationSection section, HandlerSiloOptions options) => Bind<HandlerSiloOptions>(() => section.Bind(options));

    /// <summary>A section without parts of it.</summary>
    public static IConfigurationSection Without(IConfigurationSection section, params string[] parts)
    {
        var rest = section.AsEnumerable().Where(pair => !parts.Any(part => IsWithin(pair.Key, ConfigurationPath.Combine(section.Path, part))));
        return new ConfigurationBuilder().AddInMemoryCollection(rest).Build().GetSection(section.Path);
    }

    private static bool IsWithin(string key, string part)
        => key.Equals(part, StringComparison.OrdinalIgnoreCase) || key.StartsWith(part + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase);

    private static void Bind<TOptions>(Action bind)
    {
        try
        {
            bind();
        }
        catch (InvalidOperationException exception)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(TOptions), [exception.Message]);
        }
    }
}
