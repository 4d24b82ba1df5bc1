using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Handler.Hosting;
using Handler.Tls;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Handler.Silo;

/// <summary>
/// A silo as a process. A program whose functions are to run as jobs calls this from its <c>Main</c>: the functions of its own assemblies are allowed then. Settings come from
/// <c>appsettings.json</c>, the environment (<c>Handler__Silo__Redis</c>), and the command line.
/// </summary>
public static class SiloHost
{
    /// <summary>What holds where nothing else is set.</summary>
    private static readonly Dictionary<string, string?> Defaults = new() { ["Logging:LogLevel:Default"] = "Information", ["Logging:LogLevel:Orleans"] = "Warning" };

    /// <summary>Runs a silo until the process is told to end (SIGTERM, Ctrl+C): then no job is taken any more, running ones may end, and the silo leaves the cluster.</summary>
    /// <param name="args">The command line; <c>--help</c> tells what there is.</param>
    /// <param name="configure">Adds to the silo: selectors, functions by name, another storage.</param>
    /// <returns>The exit code: 0 after an orderly end, 1 if it could not start, 2 for a command line or settings that are not usable.</returns>
    public static Task<int> RunAsync(string[] args, Action<ISiloBuilder>? configure = null) => RunAsync(args, configure, [], Console.Error);

    /// <summary>The same, with further settings, over which the command line goes, and with another place for what is wrong.</summary>
    internal static Task<int> RunAsync(string[] args, Action<ISiloBuilder>? configure, IEnumerable<KeyValuePair<string, string?>> settings, TextWriter error)
    {
        var local = new Option<bool>("--local") { Description = "One silo at this machine, nothing is kept (default)" };
        var redis = new Option<string?>("--redis") { Description = "HOST:PORT of the Redis that keeps membership and pools" };
        var address = new Option<string?>("--address") { Description = "IP address to listen at and to be reached by (127.0.0.1); beyond loopback it needs the certificates of Handler:Silo:Tls" };
        var siloPort = new Option<int?>("--silo-port") { Description = "Port for other silos (11111)" };
        var gatewayPort = new Option<int?>("--gateway-port") { Description = "Port for clients (30000)" };
        var clusterId = new Option<string?>("--cluster-id") { Description = "Name that the silos and clients of a cluster share (handler)" };
        var maxWorkers = new Option<int?>("--max-workers") { Description = "How many jobs run at the same time" };
        var command = new RootCommand("Runs a silo of Handler: it runs jobs and holds pools.") { local, redis, address, siloPort, gatewayPort, clusterId, maxWorkers };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(local) && parsed.GetValue(redis) is not null)
                return Complain(error, "--local and --redis exclude each other.");
            if (parsed.GetValue(redis) is { } server && string.IsNullOrWhiteSpace(server))
                return Complain(error, "--redis needs HOST:PORT.");
            var given = new Dictionary<string, string?>
            {
                ["Handler:Silo:Redis"] = parsed.GetValue(local) ? "" : parsed.GetValue(redis),
                ["Handler:Silo:Address"] = parsed.GetValue(address),
                ["Handler:Silo:SiloPort"] = parsed.GetValue(siloPort)?.ToString(CultureInfo.InvariantCulture),
                ["Handler:Silo:GatewayPort"] = parsed.GetValue(gatewayPort)?.ToString(CultureInfo.InvariantCulture),
                ["Handler:Silo:ClusterId"] = parsed.GetValue(clusterId),
                ["Handler:MaxWorkers"] = parsed.GetValue(maxWorkers)?.ToString(CultureInfo.InvariantCulture),
            };
            return RunAsync([.. settings, .. given.Where(pair => pair.Value is not null)], configure, error, cancellationToken);
        });

        // The host sees to SIGTERM itself, and takes the time that running jobs need; the command line's own way is to end the process after 2 s.
        var line = command.Parse(args);
        return line.Errors.Count > 0
            ? Complain(error, string.Join(Environment.NewLine, line.Errors.Select(static wrong => wrong.Message)))
            : line.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static async Task<int> RunAsync(IEnumerable<KeyValuePair<string, string?>> given, Action<ISiloBuilder>? configure, TextWriter error, CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder;
        try
        {
            // appsettings.json lies beside the program, from wherever it is started.
            builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        }
        catch (InvalidDataException exception)
        {
            return await Complain(error, $"{exception.Message} {exception.InnerException?.Message}".TrimEnd());
        }

        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        builder.Configuration.AddInMemoryCollection(given);
        SiloSettings settings;
        try
        {
            var section = HandlerConfiguration.Without(builder.Configuration.GetSection("Handler:Silo"), nameof(HandlerSiloOptions.DrainTimeout));
            settings = section.Get<SiloSettings>(static binder => binder.ErrorOnUnknownConfiguration = true) ?? new SiloSettings();
        }
        catch (InvalidOperationException exception)
        {
            return await Complain(error, exception.Message);
        }

        var errors = settings.Errors().ToList();
        if (errors.Count > 0)
            return await Complain(error, string.Join(Environment.NewLine, errors));

        try
        {
            builder.UseOrleans(silo =>
            {
                Join(silo, settings);
                silo.UseFastFailureDetection().AddHandler();
                if (settings.Tls is { } tls)
                    silo.UseMutualTls(tls);
                configure?.Invoke(silo);
            });
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return await Complain(error, $"The files of Handler:Silo:Tls are not usable: {exception.Message}");
        }

        // A program may bring its own certificates, by the same way. UseTls alone is not enough: it may well let anybody in.
        var authenticates = builder.Services.Any(service => service.ServiceType == typeof(ClusterCertificate));
        if (settings.WhyNotListen([new IPEndPoint(settings.IPAddress, settings.GatewayPort)], authenticates) is { } whyNotThere)
            return await Complain(error, whyNotThere);
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<HandlerSiloOptions>>(
            (host, silo) => host.ShutdownTimeout = silo.Value.DrainTimeout + Departure.AfterDrain);
        IHost? built = null;
        EndpointOptions endpoints;
        try
        {
            built = builder.Build();

            // Only now it is known where the silo will listen: Orleans has settings of its own for it, and a program may set it too.
            endpoints = built.Services.GetRequiredService<IOptions<EndpointOptions>>().Value;
            var listening = ListeningOf(endpoints).ToList();

            if (settings.WhyNotListen(listening, authenticates) is { } why)
            {
                built.Dispose();
                return await Complain(error, why);
            }

            if (WhyPortsAreTaken(listening) is { } taken)
            {
                built.Dispose();
                await error.WriteLineAsync(taken);
                return 1;
            }

            built.Services.GetService<IStartupValidator>()?.Validate(); // the host would do it, and log a stack trace for what is somebody's typing error
            await built.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            built?.Dispose();
            if (MistakesIn(exception) is { } found)
                return await Complain(error, string.Join(Environment.NewLine, found));
            await error.WriteLineAsync($"The silo cannot start: {exception.Message}");
            return 1;
        }

        built.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Handler.Silo").LogInformation(
            "Silo {Address}:{SiloPort} takes jobs; clients connect to port {GatewayPort}", endpoints.AdvertisedIPAddress, endpoints.SiloPort, endpoints.GatewayPort);
        if (await Departure.WaitAsync(built, cancellationToken))
            built.Dispose();
        return 0;
    }

    /// <summary>What is wrong with the options, if that is what happened.</summary>
    private static IEnumerable<string>? MistakesIn(Exception exception) => exception switch
    {
        OptionsValidationException mistaken => mistaken.Failures,
        OrleansConfigurationException orleans => [orleans.Message],
        AggregateException several when several.InnerExceptions.All(inner => inner is OptionsValidationException) => several.InnerExceptions.SelectMany(inner => MistakesIn(inner)!),
        _ => null,
    };

    /// <summary>Where a silo with these options listens: for silos, and for clients unless it has no gateway.</summary>
    internal static IEnumerable<IPEndPoint> ListeningOf(EndpointOptions options)
    {
        yield return options.SiloListeningEndpoint ?? new IPEndPoint(options.AdvertisedIPAddress, options.SiloPort);
        if (options.GatewayListeningEndpoint is { } gateway)
            yield return gateway;
        else if (options.GatewayPort != 0)
            yield return new IPEndPoint(options.AdvertisedIPAddress, options.GatewayPort);
    }

    /// <summary>Orleans shares its ports with whoever listens at them already: two silos would get each other's connections.</summary>
    private static string? WhyPortsAreTaken(IEnumerable<IPEndPoint> listening)
    {
        foreach (var endpoint in listening)
        {
            using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
            try
            {
                socket.Bind(endpoint);
            }
            catch (SocketException exception)
            {
                return $"The silo cannot listen at {endpoint}: {exception.Message}. Another silo may run there; choose other ports with --silo-port and --gateway-port.";
            }
        }

        return null;
    }

    private static void Join(ISiloBuilder silo, SiloSettings settings)
    {
        if (string.IsNullOrEmpty(settings.Redis))
        {
            silo.UseLocalhostClustering(settings.SiloPort, settings.GatewayPort, new IPEndPoint(settings.IPAddress, settings.SiloPort), settings.ServiceId ?? settings.ClusterId, settings.ClusterId);
            silo.ConfigureEndpoints(settings.IPAddress, settings.SiloPort, settings.GatewayPort);
            silo.AddMemoryGrainStorage(HandlerSiloOptions.StorageName);
            silo.Services.PostConfigure<HandlerOptions>(static handler => handler.HasPoolsElsewhere = false); // it is alone
            return;
        }

        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (settings.ClusterId, settings.ServiceId ?? settings.ClusterId));
        silo.ConfigureEndpoints(settings.IPAddress, settings.SiloPort, settings.GatewayPort);
        silo.UseRedisClustering(options => options.ConfigurationOptions = RedisOptions(settings));
        silo.AddRedisGrainStorage(HandlerSiloOptions.StorageName, options => options.ConfigurationOptions = RedisOptions(settings));
    }

    /// <summary>A Redis that is away for a while must not end the silo: calls fail meanwhile and are made again.</summary>
    private static ConfigurationOptions RedisOptions(SiloSettings settings)
    {
        var options = ConfigurationOptions.Parse(settings.Redis!);
        options.AbortOnConnectFail = false;
        return options;
    }

    private static async Task<int> Complain(TextWriter error, string message)
    {
        await error.WriteLineAsync(message);
        return 2;
    }
}
