using Handler.Grains.Pools;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Grains.Nodes;

/// <summary>Looks from time to time whether storage still has the pools that this silo knows, and writes them again: a Redis that was emptied, or comes back without its data, says nothing of it.</summary>
internal sealed partial class StorageWatch(IGrainFactory grains, PoolHost host, ILogger<IHandler> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <param name="configured">The pools of this silo's configuration.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WatchAsync(Dictionary<string, PoolConfiguration> configured, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(cancellationToken))
            await RestorePoolsAsync(configured, cancellationToken);
    }

    private async Task RestorePoolsAsync(Dictionary<string, PoolConfiguration> configured, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var error in await grains.GetGrain<IPoolCatalogGrain>(0).RestoreAsync(configured, [.. host.Selectors.Keys]).WaitAsync(cancellationToken))
                LogNotRestored(error);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogCannotRestore(exception); // tried again
        }
    }

    [LoggerMessage(1406, LogLevel.Error, "A pool of this silo's configuration that storage has lost cannot be added again: {Error}")]
    private partial void LogNotRestored(string error);

    [LoggerMessage(1407, LogLevel.Debug, "Whether storage still has the pools cannot be told now")]
    private partial void LogCannotRestore(Exception exception);
}
