using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Handler.Grains.Nodes;

/// <summary>
/// Checks regularly whether storage still has the pools that this silo knows, and has them written again if not: a Redis that was emptied,
/// or came back without its data, reports no error.
/// </summary>
internal sealed partial class StorageWatch(
    IGrainFactory grains, IOptions<HandlerOptions> options, TimeProvider time, ILogger<IHandler> logger)
{
    /// <param name="configured">The pools of this silo's configuration.</param>
    /// <param name="cancellationToken">Stops the checks.</param>
    public async Task WatchAsync(Dictionary<string, PoolConfiguration> configured, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tuning.Silos.CheckInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
            await RestorePoolsAsync(configured, cancellationToken);
    }

    private async Task RestorePoolsAsync(Dictionary<string, PoolConfiguration> configured, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var error in await grains
                    .GetGrain<IPoolCatalogGrain>(0)
                    .RestoreAsync(configured, [.. options.Value.PoolSelectors.Keys], [.. options.Value.Profiles.Keys])
                    .WaitAsync(cancellationToken))
                LogNotRestored(error);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogCannotRestore(exception); // retried with the next tick
        }
    }

    [LoggerMessage(1406, LogLevel.Error, "A pool of this silo's configuration that storage has lost cannot be added again: {Error}")]
    private partial void LogNotRestored(string error);

    [LoggerMessage(1407, LogLevel.Debug, "Cannot check now whether storage still has the pools")]
    private partial void LogCannotRestore(Exception exception);
}
