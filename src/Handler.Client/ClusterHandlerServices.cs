using Handler.Cluster;
using Handler.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Handler.Client;

/// <summary>Registers the handler of an application whose jobs run on a cluster.</summary>
internal static class ClusterHandlerServices
{
    /// <summary>Adds the handler of a client or a silo. The caller also adds a <see cref="ClusterCaller"/>.</summary>
    /// <exception cref="InvalidOperationException">The application also has an embedded handler without a name.</exception>
    public static IServiceCollection AddClusterHandler(this IServiceCollection services)
    {
        services.TryAddSingleton(static provider => new RemoteHandler(
            provider.GetRequiredService<ClusterCaller>().OptionsOf(provider),
            new GrainCluster(GrainsOf(provider), provider.GetRequiredService<ILogger<IHandler>>(), TimeProvider.System),
            provider.GetRequiredService<ILogger<IHandler>>()));
        services.TryAddSingleton<IHandler>(static provider => provider.GetRequiredService<RemoteHandler>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, JobsEndWithTheHost>());
        SingleHandler.Check(services);
        return services;
    }

    private static IGrainFactory GrainsOf(IServiceProvider provider)
        => provider.GetService<IGrainFactory>() ?? throw new InvalidOperationException(
            "AddHandlerClient needs a connection to the cluster, and this application has none. "
            + "Call builder.UseOrleansClient(...) as well.");
}
