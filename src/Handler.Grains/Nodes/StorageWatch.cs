using Handler.Grains.Pools;
using Handler.Pools;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Handler.Grains.Nodes;

/// <summary>Looks from time to time whether membership and storage still have what this silo has written: a Redis that was emptied, or comes back without its data, says nothing of it.</summary>
internal sealed partial class StorageWatch(Membership membership, IGrainFactory grains, PoolHost host, ILogger<IHandler> logger, IMembershipTable? table = null)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Reminder isMissing = new(TimeProvider.System);
    private readonly Reminder isUnreadable = new(TimeProvider.System);

    /// <param name="configured">The pools of this silo's configuration.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WatchAsync(Dictionary<string, PoolConfiguration> configured, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await RestorePoolsAsync(configured, cancellationToken);
            await LookForSelfAsync(cancellationToken);
        }
    }

    private async Task RestorePoolsAsync(Dictionary<string, PoolConfiguration> configured, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var mistake in await grains.GetGrain<IPoolCatalogGrain>(0).RestoreAsync(configured, [.. host.Selectors.Keys]).WaitAsync(cancellationToken))
                LogNotRestored(mistake);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogCannotRestore(exception); // tried again
        }
    }

    private async Task LookForSelfAsync(CancellationToken cancellationToken)
    {
        if (table is null)
            return;
        try
        {
            if ((await table.ReadAllAsync(cancellationToken)).Members.All(member => Membership.NodeOf(member.Item1.SiloAddress) != membership.Self) && isMissing.IsDue())
                LogMissing(membership.Self);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (isUnreadable.IsDue())
                LogCannotRead(exception.Message);
        }
    }

    [LoggerMessage(1405, LogLevel.Error, "The membership has lost this silo {Node}, as when Redis was emptied or came back without its data. It goes on with the silos that it knows; silos that start now do not find them and form a cluster of their own under the same name. Restart all silos of the cluster")]
    private partial void LogMissing(NodeId node);

    [LoggerMessage(1406, LogLevel.Error, "A pool of this silo's configuration that storage has lost cannot be added again: {Mistake}")]
    private partial void LogNotRestored(string mistake);

    [LoggerMessage(1407, LogLevel.Debug, "Whether storage still has the pools cannot be told now")]
    private partial void LogCannotRestore(Exception exception);

    [LoggerMessage(1408, LogLevel.Warning, "The membership cannot be read: {Why} Running silos go on with each other. If Redis has lost its data, silos that start now do not find them and form a cluster of their own under the same name: restart all silos of the cluster")]
    private partial void LogCannotRead(string why);
}
