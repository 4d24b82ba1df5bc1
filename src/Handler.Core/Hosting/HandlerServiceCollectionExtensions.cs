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
    /// disposed with the host. Its options come from the section <c>Handler</c> of the application's configuration, then from <paramref
    /// name="configure"/>. They are checked when the host starts; unknown keys and unreadable values are errors. May be called several
    /// times; each call adds to the options.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets further options, after the configuration is read.</param>
    /// <exception cref="InvalidOperationException">The application also has a handler of a cluster.</exception>
    public static IServiceCollection AddHandler(this IServiceCollection services, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHandlerOptions(Options.Options.DefaultName, null, configure);
        services.TryAddSingleton(static provider => new HostedHandler(
            () => provider.GetRequiredService<IOptions<HandlerOptions>>().Value,
            LoggerOf(provider, typeof(IHandler).FullName!)));
        services.TryAddSingleton<IHandler>(static provider => provider.GetRequiredService<HostedHandler>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HostedHandler>(
            static provider => provider.GetRequiredService<HostedHandler>()));
        SingleHandler.Check(services);
        return services;
    }

    /// <inheritdoc cref="AddHandler(IServiceCollection, Action{HandlerOptions}?)"/>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">
    /// Where the options are read from instead: a section, or a whole configuration such as <c>builder.Configuration</c>, of which the
    /// section <c>Handler</c> is read.
    /// </param>
    /// <param name="configure">Sets further options, after the configuration is read.</param>
    public static IServiceCollection AddHandler(
        this IServiceCollection services, IConfiguration configuration, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddHandlerOptions(Options.Options.DefaultName, configuration, configure);
        return services.AddHandler();
    }

    /// <summary>
    /// Adds another <see cref="IHandler"/> under a name, with its own workers, pools and options. Inject it with
    /// <c>[FromKeyedServices("name")]</c>. Its options are the <see cref="HandlerOptions"/> of that name, which
    /// <c>services.AddOptions&lt;HandlerOptions&gt;("name")</c> can configure too. It reads no section of the configuration unless one is
    /// given. Otherwise it behaves like the handler without a name. May be called several times; each call adds to the options.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The handler's name.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public static IServiceCollection AddHandler(this IServiceCollection services, string name, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        services.AddHandlerOptions(name, null, configure);
        if (services.Any(service =>
                service.IsKeyedService && service.ServiceType == typeof(HostedHandler) && name.Equals(service.ServiceKey)))
            return services;
        services.AddKeyedSingleton(name, (provider, _) => new HostedHandler(
            () => provider.GetRequiredService<IOptionsMonitor<HandlerOptions>>().Get(name),
            LoggerOf(provider, $"{typeof(IHandler).FullName}.{name}")));
        services.AddKeyedSingleton<IHandler>(name, (provider, _) => provider.GetRequiredKeyedService<HostedHandler>(name));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<HostedHandler>(name));
        return services;
    }

    /// <inheritdoc cref="AddHandler(IServiceCollection, string, Action{HandlerOptions}?)"/>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The handler's name.</param>
    /// <param name="configuration">
    /// Where the options are read from: a section, or a whole configuration, of which the section <c>Handler</c> is read.
    /// </param>
    /// <param name="configure">Sets further options, after the configuration is read.</param>
    public static IServiceCollection AddHandler(
        this IServiceCollection services, string name, IConfiguration configuration, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddHandlerOptions(name, configuration, configure);
        return services.AddHandler(name);
    }

    /// <summary>
    /// Adds the options of a handler of this process, and their check. The first call adds the usual section, if the application gives no
    /// other one; then each call adds what it was given.
    /// </summary>
    internal static OptionsBuilder<HandlerOptions> AddHandlerOptions(
        this IServiceCollection services, string name, IConfiguration? configuration, Action<HandlerOptions>? configure)
    {
        var options = services.AddOptions<HandlerOptions>(name);
        var added = new AddedHandler(name);
        if (!services.Any(service => service.ServiceType == typeof(AddedHandler) && added.Equals(service.ImplementationInstance)))
        {
            services.AddSingleton(added);
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HandlerOptions>, HandlerOptionsValidator>());
            options.ValidateOnStart().Configure<IServiceProvider>((handler, provider)
                => Read(provider.UsualSectionOf<HandlerOptions>(name), handler, provider));
        }

        if (configuration is not null)
        {
            var given = services.GiveSection<HandlerOptions>(configuration, name);
            options.Configure<IServiceProvider>((handler, provider) =>
            {
                handler.ConfigurationErrors.AddRange(given.Errors());
                Read(given.Section, handler, provider);
            });
        }

        return configure is null ? options : options.Configure(configure);
    }

    private static void Read(IConfigurationSection? section, HandlerOptions options, IServiceProvider provider)
    {
        if (section is not null)
            options.ConfigurationErrors.AddRange(HandlerConfiguration.Read(section, options, provider.OtherKeysOf<HandlerOptions>()));
    }

    /// <summary>Services without a host may have no logging.</summary>
    private static ILogger LoggerOf(IServiceProvider provider, string category)
        => provider.GetService<ILoggerFactory>()?.CreateLogger(category) ?? NullLogger.Instance;

    /// <summary>A handler whose options are added.</summary>
    private sealed record AddedHandler(string Name);
}
