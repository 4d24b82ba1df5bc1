using Handler;
using Handler.Hosting;
using Handler.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a handler to an application's services.</summary>
public static class HandlerServiceCollectionExtensions
{
    /// <summary>
    /// Adds an <see cref="IHandler"/> to the application. It starts with the host, or with its first job if that comes earlier, and is
    /// disposed with the host. Its options are checked when the host starts. May be called several times; each call adds to the options.
    /// </summary>
    public static IServiceCollection AddHandler(this IServiceCollection services, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHandlerOptions(Options.Options.DefaultName, configure);
        services.TryAddSingleton(provider => new HostedHandler(() => provider.GetRequiredService<IOptions<HandlerOptions>>().Value, LoggerOf(provider, typeof(IHandler).FullName!)));
        services.TryAddSingleton<IHandler>(provider => provider.GetRequiredService<HostedHandler>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HostedHandler>(provider => provider.GetRequiredService<HostedHandler>()));
        return services;
    }

    /// <inheritdoc cref="AddHandler(IServiceCollection, Action{HandlerOptions}?)"/>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">
    /// The section that its options are read from first, such as <c>builder.Configuration.GetSection("Handler")</c>. Unknown keys and
    /// unreadable values are errors.
    /// </param>
    /// <param name="configure">Sets further options, after the configuration is read.</param>
    public static IServiceCollection AddHandler(this IServiceCollection services, IConfigurationSection configuration, Action<HandlerOptions>? configure = null)
        => services.AddHandler(From(configuration, configure));

    /// <inheritdoc cref="AddHandler(IServiceCollection, string, Action{HandlerOptions}?)"/>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The handler's name.</param>
    /// <param name="configuration">The section that its options are read from first, as for the handler without a name.</param>
    /// <param name="configure">Sets further options, after the configuration is read.</param>
    public static IServiceCollection AddHandler(this IServiceCollection services, string name, IConfigurationSection configuration, Action<HandlerOptions>? configure = null)
        => services.AddHandler(name, From(configuration, configure));

    /// <summary>
    /// Adds another <see cref="IHandler"/> under a name, with its own workers, pools and options. Inject it with
    /// <c>[FromKeyedServices("name")]</c>. Its options are the <see cref="HandlerOptions"/> of that name, which
    /// <c>services.AddOptions&lt;HandlerOptions&gt;("name")</c> can configure too. Otherwise it behaves like the handler without a name.
    /// May be called several times; each call adds to the options.
    /// </summary>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public static IServiceCollection AddHandler(this IServiceCollection services, string name, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        services.AddHandlerOptions(name, configure);
        if (services.Any(service => service.IsKeyedService && service.ServiceType == typeof(HostedHandler) && name.Equals(service.ServiceKey)))
            return services;
        services.AddKeyedSingleton(name, (provider, _) => new HostedHandler(
            () => provider.GetRequiredService<IOptionsMonitor<HandlerOptions>>().Get(name),
            LoggerOf(provider, $"{typeof(IHandler).FullName}.{name}")));
        services.AddKeyedSingleton<IHandler>(name, (provider, _) => provider.GetRequiredKeyedService<HostedHandler>(name));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<HostedHandler>(name));
        return services;
    }

    private static Action<HandlerOptions> From(IConfigurationSection configuration, Action<HandlerOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return options =>
        {
            HandlerConfiguration.Bind(configuration, options);
            configure?.Invoke(options);
        };
    }

    /// <summary>Services without a host may have no logging.</summary>
    private static ILogger LoggerOf(IServiceProvider provider, string category) => provider.GetService<ILoggerFactory>()?.CreateLogger(category) ?? NullLogger.Instance;

    private static void AddHandlerOptions(this IServiceCollection services, string name, Action<HandlerOptions>? configure)
    {
        var options = services.AddOptions<HandlerOptions>(name).ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HandlerOptions>, HandlerOptionsValidator>());
    }
}
