using Handler;
using Handler.Client;
using Handler.Grains;
using Handler.Grains.Members;
using Handler.Grains.Nodes;
using Handler.Grains.Pools;
using Handler.Hosting;
using Handler.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>Adds Handler to a silo.</summary>
public static class HandlerSiloBuilderExtensions
{
    /// <summary>
    /// Makes the silo run jobs and hold pools. Options come from the section <c>Handler</c> of the application's configuration, and those
    /// of the silo from <c>Handler:Silo</c>, then from <paramref name="configure"/>. They are checked when the silo starts; unknown keys
    /// and unreadable values are errors. Pools are stored in the grain storage named <see cref="HandlerSiloOptions.StorageName"/>, or else
    /// in the default one. The services of the silo's process can take an <see cref="IHandler"/>, whose jobs run on the cluster. May be
    /// called several times; each call adds to the options.
    /// </summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configure">Sets further options, after the configuration is read.</param>
    /// <exception cref="InvalidOperationException">The application also has an embedded handler without a name.</exception>
    public static ISiloBuilder AddHandler(this ISiloBuilder builder, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddNode(null, configure);
    }

    /// <inheritdoc cref="AddHandler(ISiloBuilder, Action{HandlerOptions}?)"/>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configuration">
    /// Where the options are read from instead: a section, or a whole configuration, of which the section <c>Handler</c> is read. The
    /// options of the silo are in its part <c>Silo</c>.
    /// </param>
    /// <param name="configure">Sets further options, after the configuration is read.</param>
    public static ISiloBuilder AddHandler(this ISiloBuilder builder, IConfiguration configuration, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        return builder.AddNode(configuration, configure);
    }

    /// <summary>Adds a pool to the silo's configuration. It exists as soon as a silo with this configuration has started.</summary>
    /// <inheritdoc cref="HandlerOptions.AddPool"/>
    public static ISiloBuilder AddHandlerPool(this ISiloBuilder builder, string name, Action<PoolOptions>? configure = null)
        => builder.AddHandler(options => options.AddPool(name, configure));

    /// <summary>
    /// Detects a dead silo within about 2 s instead of Orleans' 12 s: one probe each second, and two without a reply are enough. Detecting
    /// a silo that is only unresponsive takes longer (measured: 8 to 9 s). The price: a silo that is unresponsive for seconds, as in a very
    /// long garbage collection or on a host without CPU time, is declared dead and must restart; its workers end their jobs after 1.5
    /// s. See docs/operations.md.
    /// </summary>
    public static ISiloBuilder UseHandlerFailureDetection(this ISiloBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = Tuning.Silos.ProbeTimeout;
            options.NumMissedProbesLimit = Tuning.Silos.MissedProbes;
            options.TableRefreshTimeout = Tuning.Silos.TableRefresh;
            options.IAmAliveTablePublishTimeout = Tuning.Silos.AliveInterval;
        });
    }

    private static ISiloBuilder AddNode(this ISiloBuilder builder, IConfiguration? configuration, Action<HandlerOptions>? configure)
    {
        var services = builder.Services;
        var options = services.AddHandlerOptions(Options.DefaultName, configuration, configure);
        if (services.Any(static service => service.ServiceType == typeof(SiloNode)))
            return builder;
        options.Configure(static handler => handler.HasPoolsElsewhere = true) // the catalog checks them against all pools of the cluster
            .PostConfigure<IOptions<ClusterMembershipOptions>>(static (handler, membership)
                => (handler.CallersAreElsewhere, handler.MaxSilence)
                    = (true, SilenceBeforeDeath(membership.Value) * Tuning.Silos.SilencePart));
        services.AddOptions<HandlerSiloOptions>().Configure<IServiceProvider>(ReadConfiguration).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HandlerSiloOptions>, HandlerSiloOptionsValidator>();
        services.AddKeysReadElsewhere<HandlerOptions>(HandlerConfiguration.Silo);
        services.TryAddSingleton(new ClusterCaller(static provider => provider.GetRequiredService<IOptions<HandlerOptions>>().Value));
        services.AddClusterHandler();
        AddServices(services);
        builder.AddGrainService<NodeService>();
        builder.AddPlacementDirector<PoolPlacement, PoolPlacementDirector>();
        return builder;
    }

    private static void AddServices(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Membership>();
        services.AddSingleton(static provider => new NodeDirectory(
            provider, provider.GetRequiredService<Membership>(), provider.GetRequiredService<ColocatedPools>().Turns));
        services.AddSingleton<INodeServices>(static provider => provider.GetRequiredService<NodeDirectory>());
        services.AddSingleton<LoadTable>();
        services.AddSingleton<HandlerStorage>();
        services.AddSingleton<GrainPoolStore>();
        services.AddSingleton<ColocatedPools>();
        services.AddSingleton<GrainPools>();
        services.AddSingleton<PoolHost>();
        services.AddSingleton<MembershipWatch>();
        services.AddSingleton<StorageWatch>();
        services.AddSingleton<SiloNode>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<SiloNode>());
    }

    /// <summary>The options of the silo are a part of the sections that its other options come from.</summary>
    private static void ReadConfiguration(HandlerSiloOptions options, IServiceProvider provider)
    {
        var others = provider.OtherKeysOf<HandlerSiloOptions>();
        var sections = provider.GivenSectionsOf<HandlerOptions>();
        if (provider.UsualSectionOf<HandlerOptions>() is { } usual)
            sections.Add(usual);
        foreach (var section in sections)
        {
            options.ConfigurationErrors.AddRange(ConfigurationReader.Read(
                section.GetSection(HandlerConfiguration.Silo), options, HandlerConfiguration.PlacesIn(section), others));
        }
    }

    /// <summary>
    /// How long a silo replies to no probe before it is declared dead. Each probe is sent when the previous one is given up.
    /// </summary>
    private static TimeSpan SilenceBeforeDeath(ClusterMembershipOptions membership)
        => membership.ProbeTimeout * membership.NumMissedProbesLimit;
}
