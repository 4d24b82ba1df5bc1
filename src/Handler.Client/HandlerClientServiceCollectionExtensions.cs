using Handler;
using Handler.Client;
using Handler.Cluster;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a handler of a cluster to an application's services.</summary>
public static class HandlerClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds an <see cref="IHandler"/> whose jobs run on the cluster. The application is an Orleans client (<c>UseOrleansClient</c>) or a
    /// silo. The options are checked when the host starts. May be called several times; each call adds to the options.
    /// </summary>
    public static IServiceCollection AddHandlerClient(this IServiceCollection services, Action<HandlerClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<HandlerClientOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HandlerClientOptions>, Validator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<GatewayOptions>, GatewayRefreshDefaults>());
        services.TryAddSingleton<IHandler>(provider => new RemoteHandler(
            provider.GetRequiredService<IOptions<HandlerClientOptions>>().Value,
            new GrainCluster(provider.GetRequiredService<IGrainFactory>()),
            provider.GetRequiredService<ILogger<IHandler>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, JobsEndWithTheHost>());
        return services;
    }

    /// <summary>
    /// Ends the application's jobs before anything else stops: without its Orleans client the handler could not tell the nodes.
    /// </summary>
    private sealed class JobsEndWithTheHost(IHandler handler) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => handler.DisposeAsync().AsTask().WaitAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>
    /// A client notices immediately when a silo's connections break. It learns that a silo is unresponsive or has joined only from the list
    /// of gateways, which it reads once a minute by default. During that minute a silo that was declared dead would still get its part of
    /// the calls, all of which would be lost. If the application has set another period, that one stays.
    /// </summary>
    private sealed class GatewayRefreshDefaults : IConfigureOptions<GatewayOptions>
    {
        private static readonly TimeSpan Usual = new GatewayOptions().GatewayListRefreshPeriod;

        public void Configure(GatewayOptions options)
        {
            if (options.GatewayListRefreshPeriod == Usual)
                options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2);
        }
    }

    private sealed class Validator : IValidateOptions<HandlerClientOptions>
    {
        public ValidateOptionsResult Validate(string? name, HandlerClientOptions options)
        {
            var errors = options.Errors().ToList();
            return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
        }
    }
}
