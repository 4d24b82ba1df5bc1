using Handler;
using Handler.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a handler to an application's services.</summary>
public static class HandlerServiceCollectionExtensions
{
    /// <summary>
    /// Adds one <see cref="IHandler"/> for the application. It starts with the host, or with its first job where that is earlier, and
    /// ends with the host. Its options are checked when the host starts. May be called several times; each call adds to the options.
    /// </summary>
    public static IServiceCollection AddHandler(this IServiceCollection services, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<HandlerOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HandlerOptions>, HandlerOptionsValidator>());
        services.TryAddSingleton<HostedHandler>();
        services.TryAddSingleton<IHandler>(provider => provider.GetRequiredService<HostedHandler>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HostedHandler>(provider => provider.GetRequiredService<HostedHandler>()));
        return services;
    }
}
