using Handler;
using Handler.Client;
using Handler.Remote;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a handler of a cluster to an application's services.</summary>
public static class HandlerClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds an <see cref="IHandler"/> whose jobs run on the cluster: on an Orleans client (<c>UseOrleansClient</c>), or inside a silo. Its options are checked when the
    /// host starts. May be called several times; each call adds to the options.
    /// </summary>
    public static IServiceCollection AddHandlerClient(this IServiceCollection services, Action<HandlerClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<HandlerClientOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HandlerClientOptions>, Validator>());
        services.TryAddSingleton<IHandler>(provider => new RemoteHandler(
            provider.GetRequiredService<IOptions<HandlerClientOptions>>().Value,
            new GrainCluster(provider.GetRequiredService<IGrainFactory>()),
            provider.GetRequiredService<ILogger<IHandler>>()));
        return services;
    }

    private sealed class Validator : IValidateOptions<HandlerClientOptions>
    {
        public ValidateOptionsResult Validate(string? name, HandlerClientOptions options)
        {
            var mistakes = options.Mistakes().ToList();
            return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
        }
    }
}
