using Microsoft.Extensions.Configuration;

namespace Handler.Hosting;

/// <summary>Reads <see cref="HandlerOptions"/> from a configuration.</summary>
internal static class HandlerConfiguration
{
    public const string Silo = nameof(Silo);
    public const string Client = nameof(Client);

    private const string Pools = nameof(HandlerOptions.Pools);
    private const string Profiles = nameof(HandlerOptions.Profiles);
    private const string Variables = nameof(HandlerOptions.WorkerEnvironment);

    /// <summary>Parts of the section that belong to other hosts, with what is missing if no such host is there to read them.</summary>
    private static readonly Dictionary<string, string> Hosts = new(StringComparer.OrdinalIgnoreCase)
    {
        [Silo] = "is read by a silo, and this application has none; remove it, or call siloBuilder.AddHandler()",
        [Client] = "is read by a client, and this application has none; remove it, or call services.AddHandlerClient()",
    };

    /// <summary>The settings of a silo, and of its program. They are known here too, so that a silo can point to them.</summary>
    internal static readonly string[] OfSilos =
    [
        "DrainTimeout", "MaxHeldPayloadBytes", "MaxMemoryBytes",
        "Address", "ClusterId", "GatewayPort", "Redis", "ServiceId", "SiloPort", "Tls",
    ];

    /// <summary>Where the options of a node belong, in the section of the handler.</summary>
    /// <param name="handler">The section.</param>
    /// <param name="hasSilo">Whether a silo reads its part of the section. Otherwise nothing points there.</param>
    public static OptionPlaces PlacesIn(IConfigurationSection handler, bool hasSilo = true) => new(
    [
        .. ConfigurationReader.LevelsOf(typeof(HandlerOptions), handler.Path),
        .. ConfigurationReader.LevelsOf(typeof(PoolOptions), $"{handler.Path}:{Pools}:NAME"),
        ($"{handler.Path}:{Silo}", hasSilo ? OfSilos : []),
    ]);

    /// <summary>Reports the keys of the section that no host reads, for applications in which no host reads the section.</summary>
    public static IEnumerable<string> UnknownKeys(IConfigurationSection section)
        => ConfigurationReader.UnknownKeys(
            section,
            PlacesIn(section, hasSilo: false),
            [.. ConfigurationReader.KeysOf(typeof(HandlerOptions)), Pools, Profiles, Variables, .. Hosts.Keys]);

    /// <summary>Sets the options that the section contains.</summary>
    /// <param name="section">The section.</param>
    /// <param name="options">The options to set.</param>
    /// <param name="others">Keys of the section that other code reads.</param>
    /// <returns>The errors, a sentence each.</returns>
    public static IEnumerable<string> Read(IConfigurationSection section, HandlerOptions options, IEnumerable<string> others)
    {
        var read = others.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var places = PlacesIn(section, read.Contains(Silo));
        return
        [
            .. ConfigurationReader.Read(section, options, places, [Pools, Profiles, Variables, .. Hosts.Keys.Union(read)]),
            .. Hosts.Where(host => !read.Contains(host.Key) && section.GetSection(host.Key).Exists())
                .Select(host => $"{section.GetSection(host.Key).Path} {host.Value}."),
            .. ReadPools(section.GetSection(Pools), options, places),
            .. ReadProfiles(section.GetSection(Profiles), options),
            .. ReadVariables(section.GetSection(Variables), options.WorkerEnvironment),
        ];
    }

    private static List<string> ReadPools(IConfigurationSection pools, HandlerOptions options, OptionPlaces places)
    {
        var errors = ConfigurationReader.ErrorsInSection(pools).ToList();
        foreach (var pool in pools.GetChildren())
        {
            if (string.IsNullOrWhiteSpace(pool.Key))
                errors.Add($"{pools.Path} has a pool with a blank name; a name needs a character that is not blank.");
            else
                options.AddPool(
                    FirstSpelling.Of(pools, pool.Key), values => errors.AddRange(ConfigurationReader.Read(pool, values, places)));
        }

        return errors;
    }

    private static List<string> ReadProfiles(IConfigurationSection profiles, HandlerOptions options)
    {
        var errors = ConfigurationReader.ErrorsInSection(profiles).ToList();
        foreach (var profile in profiles.GetChildren())
        {
            if (string.IsNullOrWhiteSpace(profile.Key))
                errors.Add($"{profiles.Path} has a profile with a blank name; a name needs a character that is not blank.");
            else
                options.AddProfile(FirstSpelling.Of(profiles, profile.Key), values =>
                {
                    errors.AddRange(ConfigurationReader.Read(profile, values, Variables));
                    errors.AddRange(ReadVariables(profile.GetSection(Variables), values.WorkerEnvironment));
                });
        }

        return errors;
    }

    private static List<string> ReadVariables(IConfigurationSection variables, IDictionary<string, string> target)
    {
        var errors = ConfigurationReader.ErrorsInSection(variables).ToList();
        foreach (var variable in variables.GetChildren())
        {
            // The check of the options reports a missing value.
            if (variable.GetChildren().Any())
                errors.Add($"{variable.Path} contains settings; an environment variable can only have a value.");
            else
                target[FirstSpelling.Of(variables, variable.Key)] = variable.Value!;
        }

        return errors;
    }
}
