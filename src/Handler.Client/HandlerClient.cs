using Handler.Client;
using Handler.Cluster;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler;

/// <summary>A handler whose jobs run on a cluster of silos.</summary>
public static class HandlerClient
{
    /// <summary>
    /// Creates a handler from a connected Orleans client or a silo's grain factory. Disposing the handler ends its jobs, not the client.
    /// </summary>
    /// <param name="grains">The client, or the grain factory of a silo.</param>
    /// <param name="configure">Sets the options.</param>
    /// <param name="logger">Receives the log lines; <see langword="null"/> for none.</param>
    /// <exception cref="ArgumentException">The options are unusable; the message lists every error.</exception>
    public static IHandler Create(IGrainFactory grains, Action<HandlerClientOptions>? configure = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(grains);
        var options = new HandlerClientOptions();
        configure?.Invoke(options);
        var errors = HandlerClientOptionsValidator.Errors(options);
        logger ??= NullLogger.Instance;
        return errors.Count == 0
            ? new RemoteHandler(options, new GrainCluster(grains, logger, TimeProvider.System), logger)
            : throw new ArgumentException(string.Join(Environment.NewLine, errors), nameof(configure));
    }
}
