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
/// A silo as a process. A program whose functions run as jobs calls this from its <c>Main</c>; the functions of its own assemblies are then
/// allowed. Settings come from <c>appsettings.json</c>, then the environment (<c>Handler__Silo__Redis</c>), then the command line.
/// </summary>
public static partial class SiloHost
{
    /// <summary>The defaults of settings that are not set.</summary>
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Orleans"] = "Warning",
        ["Logging:LogLevel:Polly"] = "Warning", // Orleans uses it, and it logs each call
    };

    /// <summary>
    /// Runs a silo until the process is told to exit (SIGTERM, Ctrl+C). The silo then takes no more jobs, lets running ones end, and leaves
    /// the cluster.
    /// </summary>
    /// <param name="args">The command line; <c>--help</c> lists the options.</param>
    /// <param name="configure">Adds to the silo, for example selectors, registered functions or another storage.</param>
    /// <param name="cancellationToken">Ends the silo when cancelled, in the same order as SIGTERM.</param>
    /// <returns>
    /// The exit code: 0 after an orderly shutdown, 1 if the silo could not start or was told to exit before it had started, 2 if the
    /// command line or the settings are unusable.
    /// </returns>
    public static Task<int> RunAsync(
        string[] args, Action<ISiloBuilder>? configure = null, CancellationToken cancellationToken = default)
        => RunAsync(args, configure, [], Console.Error, cancellationToken);

    /// <summary>The same, with additional settings, which the command line overrides, and with another writer for error messages.</summary>
    internal static Task<int> RunAsync(
        string[] args,
        Action<ISiloBuilder>? configure,
        IEnumerable<KeyValuePair<string, string?>> settings,
        TextWriter error,
        CancellationToken cancellationToken = default)
    {
        var local = new Option<bool>("--local") { Description = "One silo on this machine, nothing is kept (default)" };
        var redis = new Option<string?>("--redis") { Description = "HOST:PORT of the Redis that keeps membership and pools" };
        var address = new Option<string?>("--address")
        {
            Description =
                "IP address to listen on and to be reached by (127.0.0.1); beyond loopback it needs the certificates of Handler:Silo:Tls",
        };
        var siloPort = new Option<int?>("--silo-port") { Description = "Port for other silos (11111)" };
        var gatewayPort = new Option<int?>("--gateway-port") { Description = "Port for clients (30000)" };
        var clusterId = new Option<string?>("--cluster-id")
        {
            Description = "Name that the silos and clients of a cluster share (handler)",
        };
        var maxWorkers = new Option<int?>("--max-workers") { Description = "How many jobs run at the same time" };
        var maxMemory = new Option<string?>("--max-memory") { Description = "Memory that jobs may reserve together: bytes, 512MiB, 8GiB" };
        var command = new RootCommand("Runs a silo of Handler: it runs jobs and holds pools.")
        {
            local, redis, address, siloPort, gatewayPort, clusterId, maxWorkers, maxMemory,
        };
        command.SetAction((parsed, exit) =>
        {
            if (parsed.GetValue(local) && parsed.GetValue(redis) is not null)
                return ReportError(error, "--local and --redis exclude each other.");
            if (parsed.GetValue(redis) is { } server && string.IsNullOrWhiteSpace(server))
                return ReportError(error, "--redis needs HOST:PORT.");
            var given = new Dictionary<string, string?>
            {
                ["Handler:Silo:Redis"] = parsed.GetValue(local) ? "" : parsed.GetValue(redis),
                ["Handler:Silo:Address"] = parsed.GetValue(address),
                ["Handler:Silo:SiloPort"] = parsed.GetValue(siloPort)?.ToString(CultureInfo.InvariantCulture),
                ["Handler:Silo:GatewayPort"] = parsed.GetValue(gatewayPort)?.ToString(CultureInfo.InvariantCulture),
                ["Handler:Silo:ClusterId"] = parsed.GetValue(clusterId),
                ["Handler:Silo:MaxMemoryBytes"] = parsed.GetValue(maxMemory),
                ["Handler:MaxWorkers"] = parsed.GetValue(maxWorkers)?.ToString(CultureInfo.InvariantCulture),
            };
            return RunAsync([.. settings, .. given.Where(pair => pair.Value is not null)], configure, error, exit);
        });

        // The host handles SIGTERM itself and gives running jobs their time. By default System.CommandLine would end the process after 2 s.
        var line = command.Parse(args);
        return line.Errors.Count > 0
            ? ReportError(error, string.Join(Environment.NewLine, line.Errors.Select(static wrong => wrong.Message)))
            : line.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, cancellationToken);
    }

    private static async Task<int> RunAsync(
        IEnumerable<KeyValuePair<string, string?>> given,
        Action<ISiloBuilder>? configure,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder;
        try
        {
            // appsettings.json is beside the program, whatever directory it is started from.
            builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        }
        catch (InvalidDataException exception)
        {
            return await ReportError(error, $"{exception.Message} {exception.InnerException?.Message}".TrimEnd());
        }

        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        builder.Configuration.AddInMemoryCollection(given);
        var settings = new SiloSettings();
        var handler = builder.Configuration.GetSection(HandlerSections.Usual);
        var errors = ConfigurationReader.Read(
            handler.GetSection(HandlerConfiguration.Silo),
            settings,
            HandlerConfiguration.PlacesIn(handler),
            [.. ConfigurationReader.KeysOf(typeof(HandlerSiloOptions))]);
        errors.AddRange(settings.Errors());
        if (errors.Count > 0)
            return await ReportError(error, string.Join(Environment.NewLine, errors));
        builder.Services.AddKeysReadElsewhere<HandlerSiloOptions>([.. ConfigurationReader.KeysOf(typeof(SiloSettings))]);

        try
        {
            builder.UseOrleans(silo =>
            {
                Join(silo, settings);
                silo.UseHandlerFailureDetection().AddHandler();
                if (settings.Tls is { } tls)
                    silo.UseHandlerMutualTls(tls);
                configure?.Invoke(silo);
            });
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return await ReportError(error, $"The files of Handler:Silo:Tls are unusable: {exception.Message}");
        }

        // A program may bring its own certificates with UseHandlerMutualTls. UseTls alone is not enough: it may accept any peer.
        var authenticates = builder.Services.Any(service => service.ServiceType == typeof(ClusterCertificate));
        if (settings.WhyNotListen([new IPEndPoint(settings.IPAddress, settings.GatewayPort)], authenticates) is { } whyNotThere)
            return await ReportError(error, whyNotThere);
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<HandlerSiloOptions>>(
            (host, silo) => host.ShutdownTimeout = silo.Value.DrainTimeout + Departure.AfterDrain);
        IHost? built = null;
        EndpointOptions endpoints;
        try
        {
            built = builder.Build();

            // Only now the endpoints are known: Orleans has its own settings for them, and a program may set them too.
            endpoints = built.Services.GetRequiredService<IOptions<EndpointOptions>>().Value;
            var listening = ListeningOf(endpoints).ToList();

            if (settings.WhyNotListen(listening, authenticates) is { } why)
            {
                built.Dispose();
                return await ReportError(error, why);
            }

            if (WhyPortsAreTaken(listening) is { } taken)
            {
                built.Dispose();
                await error.WriteLineAsync(taken);
                return 1;
            }

            // The host would do it too, but log a stack trace for a typing error in the settings.
            built.Services.GetService<IStartupValidator>()?.Validate();
            await built.StartAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            built?.Dispose();
            await error.WriteLineAsync("The silo was told to exit before it had started.");
            return 1;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            built?.Dispose();
            if (ErrorsIn(exception) is { } found)
                return await ReportError(error, string.Join(Environment.NewLine, found));
            await error.WriteLineAsync($"The silo cannot start: {exception.Message}");
            return 1;
        }

        LogStarted(
            built.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Handler.Silo"),
            endpoints.AdvertisedIPAddress,
            endpoints.SiloPort,
            endpoints.GatewayPort);
        if (await Departure.WaitAsync(built, cancellationToken))
            built.Dispose();
        return 0;
    }

    /// <summary>The errors in the options, if they are the reason; otherwise <see langword="null"/>.</summary>
    private static IEnumerable<string>? ErrorsIn(Exception exception)
        => exception switch
        {
            OptionsValidationException mistaken => mistaken.Failures,
            OrleansConfigurationException orleans => [orleans.Message],
            AggregateException several when several.InnerExceptions.All(inner => inner is OptionsValidationException)
                => several.InnerExceptions.SelectMany(inner => ErrorsIn(inner)!),
            _ => null,
        };

    /// <summary>The endpoints on which a silo with these options listens: for silos, and for clients unless it has no gateway.</summary>
    internal static IEnumerable<IPEndPoint> ListeningOf(EndpointOptions options)
    {
        yield return options.SiloListeningEndpoint ?? new IPEndPoint(options.AdvertisedIPAddress, options.SiloPort);
        if (options.GatewayListeningEndpoint is { } gateway)
            yield return gateway;
        else if (options.GatewayPort != 0)
            yield return new IPEndPoint(options.AdvertisedIPAddress, options.GatewayPort);
    }

    /// <summary>
    /// Orleans shares its ports with a process that already listens on them, so two silos would get each other's connections.
    /// </summary>
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
                return $"The silo cannot listen on {endpoint}: {exception.Message}. "
                    + "Another silo may be using it; choose other ports with --silo-port and --gateway-port.";
            }
        }

        return null;
    }

    private static void Join(ISiloBuilder silo, SiloSettings settings)
    {
        if (string.IsNullOrEmpty(settings.Redis))
        {
            silo.UseLocalhostClustering(
                settings.SiloPort,
                settings.GatewayPort,
                new IPEndPoint(settings.IPAddress, settings.SiloPort),
                settings.StorageId,
                settings.ClusterId);
            silo.ConfigureEndpoints(settings.IPAddress, settings.SiloPort, settings.GatewayPort);
            silo.AddMemoryGrainStorage(HandlerSiloOptions.StorageName);
            silo.Services.PostConfigure<HandlerOptions>(static handler => handler.HasPoolsElsewhere = false); // the only silo
            return;
        }

        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (settings.ClusterId, settings.StorageId));
        silo.ConfigureEndpoints(settings.IPAddress, settings.SiloPort, settings.GatewayPort);
        silo.UseRedisClustering(options => options.ConfigurationOptions = RedisOptions(settings));
        silo.AddRedisGrainStorage(HandlerSiloOptions.StorageName, options => options.ConfigurationOptions = RedisOptions(settings));
    }

    /// <summary>A Redis that is unavailable for a while must not end the silo: calls fail meanwhile and are retried.</summary>
    private static ConfigurationOptions RedisOptions(SiloSettings settings)
    {
        var options = ConfigurationOptions.Parse(settings.Redis!);
        options.AbortOnConnectFail = false;
        return options;
    }

    private static async Task<int> ReportError(TextWriter error, string message)
    {
        await error.WriteLineAsync(message);
        return 2;
    }

    [LoggerMessage(1503, LogLevel.Information, "Silo {Address}:{SiloPort} takes jobs; clients connect to port {GatewayPort}")]
    private static partial void LogStarted(ILogger logger, IPAddress address, int siloPort, int gatewayPort);
}
