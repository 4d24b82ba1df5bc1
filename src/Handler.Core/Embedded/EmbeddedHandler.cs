using Handler.Embedded;
using Handler.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler;

/// <summary>A handler inside this process: one node, no cluster.</summary>
public static class EmbeddedHandler
{
    /// <summary>Starts a handler and its first workers. The task completes when one worker is ready.</summary>
    /// <param name="configure">Sets the options.</param>
    /// <param name="logger">Receives the log messages; <see langword="null"/> for none.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ArgumentException">The options are invalid; the message lists every error.</exception>
    /// <exception cref="PlatformNotSupportedException">Workers cannot run on this operating system; the message says why.</exception>
    /// <exception cref="WorkerStartException">No worker process could be started; the message includes what the process wrote.</exception>
    public static Task<IHandler> StartAsync(
        Action<HandlerOptions>? configure = null,
        ILogger? logger = null,
        CancellationToken cancellationToken = default)
    {
        var options = new HandlerOptions();
        try
        {
            configure?.Invoke(options);
        }
        catch (Exception exception)
        {
            return Task.FromException<IHandler>(exception);
        }

        return EmbeddedNode.StartAsync(
            options,
            new LinuxPlatform(),
            logger ?? NullLogger.Instance,
            static IHandler (node) => node,
            cancellationToken);
    }
}
