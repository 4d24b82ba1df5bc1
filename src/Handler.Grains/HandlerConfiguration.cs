using Microsoft.Extensions.Configuration;

namespace Handler.Grains;

/// <summary>
/// Reads a silo's options from a configuration. A name that is not known, and a value that cannot be read, are mistakes: the usual binding passes over both, and a pool
/// would be missing without a word.
/// </summary>
internal static class HandlerConfiguration
{
    private const string Pools = nameof(HandlerOptions.Pools), Silo = "Silo";

    /// <exception cref="InvalidOperationException">A mistake, with the key and the value.</exception>
    public static void Bind(IConfiguration section, HandlerOptions options)
    {
        // The silo's own part has options of its own, and the binder swallows what goes wrong within a dictionary.
        var rest = section.AsEnumerable(makePathsRelative: true).Where(pair => !IsWithin(pair.Key, Silo) && !IsWithin(pair.Key, Pools));
        new ConfigurationBuilder().AddInMemoryCollection(rest).Build().Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
        foreach (var pool in section.GetSection(Pools).GetChildren())
            options.AddPool(pool.Key, values => pool.Bind(values, static binder => binder.ErrorOnUnknownConfiguration = true));
    }

    private static bool IsWithin(string key, string part)
        => key.Equals(part, StringComparison.OrdinalIgnoreCase) || key.StartsWith(part + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase);
}
