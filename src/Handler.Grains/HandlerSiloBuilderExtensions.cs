using Handler;
using Handler.Grains.Nodes;
using Handler.Grains.Pools;
using Handler.Hosting;
using Handler.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>Adds Handler to a silo.</summary>
public static class HandlerSiloBuilderExtensions
{
    /// <summary>The workers of an unresponsive silo exit after this part of the time in which other silos declare it dead.</summary>
    private const double SafetyMargin = 0.75;

    /// <summary>
    /// Makes the silo run jobs and hold pools. Options come from the configuration section <c>Handler</c>, then from <paramref
    /// name="configure"/>. They are checked when the silo starts. Pools are stored in the grain storage named <see
    /// cref="HandlerSiloOptions.StorageName"/>, or else in the default one. May be called several times.
    /// </summary>
    public static ISiloBuilder AddHandler(this ISiloBuilder builder, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        var options = services.AddOptions<HandlerOptions>();
        if (services.All(service => service.ServiceType != typeof(SiloNode)))
        {
            options.Configure(handler =>
                {
                    handler.HasPoolsElsewhere = true; // the catalog checks them against all pools of the cluster
                    HandlerConfiguration.Bind(builder.Configuration.GetSection("Handler"), handler, others: "Silo");
                }).ValidateOnStart()
                .Validate(static handler => handler.MaxPayloadBytes <= CallerOptions.MostPayloadBytesOnCluster, $"HandlerOptions.MaxPayloadBytes must be at most {CallerOptions.MostPayloadBytesOnCluster} on a cluster, because Orleans limits messages to 100 MiB.")
                .PostConfigure<IOptions<ClusterMembershipOptions>>(static (handler, membership) => (handler.CallersAreElsewhere, handler.MaxSilence) = (true, SilenceBeforeDeath(membership.Value) * SafetyMargin));
            services.AddOptions<HandlerSiloOptions>().Configure(silo => Bind(builder.Configuration.GetSection("Handler:Silo"), silo)).ValidateOnStart()
                .Validate(static silo => silo.DrainTimeout >= TimeSpan.Zero && silo.DrainTimeout <= TimeSpan.FromDays(1), "HandlerSiloOptions.DrainTimeout must be between 0 and 1 day.");
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HandlerOptions>, HandlerOptionsValidator>());
            services.AddSingleton<Membership>();
            services.AddSingleton<NodeDirectory>();
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
            builder.AddGrainService<NodeService>();
            builder.AddPlacementDirector<PoolPlacement, PoolPlacementDirector>();
        }

        if (configure is not null)
            options.Configure(configure);
        return builder;
    }

    /// <summary>Adds a pool to the silo's configuration. It exists as soon as a silo with this configuration has started.</summary>
    /// <inheritdoc cref="HandlerOptions.AddPool"/>
    public static ISiloBuilder AddHandlerPool(this ISiloBuilder builder, string name, Action<PoolOptions>? configure = null)
        => builder.AddHandler(options => options.AddPool(name, configure));

    /// <summary>
    /// Detects a dead silo within about 2 s instead of Orleans' 12 s: one probe each second, and two without a reply are enough. Detecting
    /// a silo that is only unresponsive takes longer (measured: 8 to 9 s). The price: a silo that is unresponsive for seconds, as in a very
    /// long garbage collection or on a host without processor time, is declared dead and must restart; its workers end their jobs after 1.5
    /// s. See docs/operations.md.
    /// </summary>
    public static ISiloBuilder UseHandlerFailureDetection(this ISiloBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = TimeSpan.FromSeconds(1);
            options.NumMissedProbesLimit = 2;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        });
    }

    /// <summary>The section also holds the settings of the program Handler.Silo. Keys that are not of these options are ignored.</summary>
    private static void Bind(IConfigurationSection section, HandlerSiloOptions options)
    {
        var errors = HandlerConfiguration.ErrorsIn(section).ToList();
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException exception)
        {
            errors.Add(exception.Message);
        }

        if (errors.Count > 0)
            throw new OptionsValidationException(Options.DefaultName, typeof(HandlerSiloOptions), errors);
    }

    /// <summary>
    /// How long a silo replies to no probe before it is declared dead. Each probe is sent when the previous one is given up.
    /// </summary>
    private static TimeSpan SilenceBeforeDeath(ClusterMembershipOptions membership) => membership.ProbeTimeout * membership.NumMissedProbesLimit;
}
