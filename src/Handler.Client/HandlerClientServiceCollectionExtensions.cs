using Handler;
using Handler.Client;
using Handler.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a handler of a cluster to an application's services.</summary>
public static class HandlerClientServiceCollectionExtensions
{
    private const string Section = $"{HandlerSections.Usual}:{HandlerConfiguration.Client}";

    /// <summary>
    /// Adds an <see cref="IHandler"/> whose jobs run on the cluster. The application is an Orleans client (<c>UseOrleansClient</c>) or a
    /// silo; a silo has an <see cref="IHandler"/> without this call, with the options of the silo. The options come from the section
    /// <c>Handler:Client</c> of the application's configuration, then from <paramref name="configure"/>. They are checked when the host
    /// starts; unknown keys and unreadable values are errors. May be called several times; each call adds to the options.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets further options, after the configuration is read.</param>
    /// <exception cref="InvalidOperationException">The application also has an embedded handler without a name.</exception>
    public static IServiceCollection AddHandlerClient(this IServiceCollection services, Action<HandlerClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddClient(null, configure);
    }

    /// <inheritdoc cref="AddHandlerClient(IServiceCollection, Action{HandlerClientOptions}?)"/>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">
    /// Where the options are read from instead: a section, or a whole configuration such as <c>builder.Configuration</c>, of which the
    /// section <c>Handler:Client</c> is read.
    /// </param>
    /// <param name="configure">Sets further options, after the configuration is read.</param>
    public static IServiceCollection AddHandlerClient(
        this IServiceCollection services, IConfiguration configuration, Action<HandlerClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        return services.AddClient(configuration, configure);
    }

    private static IServiceCollection AddClient(
        this IServiceCollection services, IConfiguration? configuration, Action<HandlerClientOptions>? configure)
    {
        var options = services.AddOptions<HandlerClientOptions>();
        if (!services.Any(static service => service.ServiceType == typeof(HandlerClientOptionsValidator)))
        {
            services.AddSingleton<HandlerClientOptionsValidator>();
            services.AddSingleton<IValidateOptions<HandlerClientOptions>>(
                static provider => provider.GetRequiredService<HandlerClientOptionsValidator>());
            services.AddSingleton<IConfigureOptions<GatewayOptions>, GatewayRefreshDefaults>();
            services.AddKeysReadElsewhere<HandlerOptions>(HandlerConfiguration.Client);
            services.Replace(ServiceDescriptor.Singleton(
                new ClusterCaller(static provider => provider.GetRequiredService<IOptions<HandlerClientOptions>>().Value)));
            options.ValidateOnStart().Configure<IServiceProvider>(ReadUsualSection);
        }

        if (configuration is not null)
        {
            var given = services.GiveSection<HandlerClientOptions>(configuration, usual: Section);
            options.Configure(client =>
                client.ConfigurationErrors.AddRange([.. given.Errors(), .. ConfigurationReader.Read(given.Section, client)]));
        }

        if (configure is not null)
            options.Configure(configure);
        return services.AddClusterHandler();
    }

    private static void ReadUsualSection(HandlerClientOptions options, IServiceProvider provider)
    {
        if (provider.UsualSectionOf<HandlerClientOptions>(usual: Section) is not { } section)
            return;
        options.ConfigurationErrors.AddRange(ConfigurationReader.Read(section, options));
        if (!provider.OtherKeysOf<HandlerOptions>().Contains(HandlerConfiguration.Silo))
        {
            // A client reads one part of the section Handler. No silo here reads the rest, so a misspelled part would go unnoticed.
            var handler = provider.GetRequiredService<IConfiguration>().GetSection(HandlerSections.Usual);
            options.ConfigurationErrors.AddRange(HandlerConfiguration.UnknownKeys(handler));
        }
    }
}
