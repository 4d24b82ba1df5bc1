using System.Security.Cryptography;
using Handler.Cluster;
using Handler.Grains.Members;
using Handler.Grains.Pools;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Handler.Grains.Nodes;

/// <summary>
/// Ties this silo's node to the lifecycle of the silo. The workers start before the silo becomes active, and the node takes jobs once it is
/// active. When the silo shuts down, the node drains first, while pools can still be reached.
/// </summary>
internal sealed partial class SiloNode(
    IOptions<HandlerOptions> options,
    IOptions<HandlerSiloOptions> siloOptions,
    Membership membership,
    INodeServices nodes,
    LoadTable loads,
    GrainPools pools,
    GrainPoolStore store,
    ColocatedPools colocated,
    MembershipWatch watch,
    StorageWatch storage,
    IGrainFactory grains,
    IMembershipTable table,
    IOptions<ClusterMembershipOptions> membershipOptions,
    TimeProvider time,
    ILogger<IHandler> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly BackgroundWork background = new((work, exception) => LogBackgroundFailed(logger, work, exception));
    private readonly TaskCompletionSource<ClusterNode> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource closing = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task watching = Task.CompletedTask;
    private Task publishing = Task.CompletedTask;
    private Task looking = Task.CompletedTask;

    /// <summary>
    /// Completes when the silo was told to leave and its jobs and pools have gone. The rest of the shutdown is up to Orleans.
    /// </summary>
    public Task Drained => drained.Task;

    /// <summary>The node, as soon as its workers have started.</summary>
    public ValueTask<ClusterNode> StartedAsync() => new(started.Task);

    /// <summary>
    /// The node, when it takes jobs. A silo's gateway opens a little earlier, so this waits for up to <see cref="NodeTimings.LongPoll"/>;
    /// after that the node handles the early call itself.
    /// </summary>
    public async ValueTask<ClusterNode> OpenedAsync()
    {
        if (!opened.Task.IsCompleted)
            await opened
                .Task.WaitAsync(NodeTimings.LongPoll, time)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return await StartedAsync();
    }

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe($"{nameof(Handler)}.workers", ServiceLifecycleStage.ApplicationServices, StartAsync, StopAsync);
        lifecycle.Subscribe($"{nameof(Handler)}.jobs", ServiceLifecycleStage.Active + 1, OpenAsync, StopTakingPartAsync);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await CompareClocksAsync(cancellationToken);
        watching = KeepRunning("the watch for dead silos", stopping => membership.WatchDeathsAsync(OnDeath, stopping));
        var ports = new ClusterNodePorts
        {
            Id = membership.Self,
            Scope = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
            Pools = pools,
            Store = store,
            Others = loads,
            Turns = colocated.Turns,
            Time = time,
            IsDeadAsync = async () => !(await membership.GetLiveNodesAsync()).Contains(membership.Self),
        };
        var (handler, silo) = (options.Value, siloOptions.Value);
        (handler.MaxMemoryBytes, handler.MaxHeldPayloadBytes) = (silo.MaxMemoryBytes, silo.MaxHeldPayloadBytes);
        started.SetResult(await ClusterNode.StartAsync(handler, ports, logger, cancellationToken));
    }

    /// <summary>Logs, before the silo joins, a difference of clocks that may keep it from joining.</summary>
    private async Task CompareClocksAsync(CancellationToken cancellationToken)
    {
        try
        {
            var members = await table.ReadAllAsync(cancellationToken);
            if (Clocks.FindAhead(members, time.GetUtcNow().UtcDateTime) is var (silo, by))
                LogClockAhead(silo, by.TotalSeconds, membershipOptions.Value.MaxJoinAttemptTime.TotalSeconds);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            LogClocksUnknown(exception); // if the table cannot be read, joining reports why
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var configured = options.Value.Pools.ToDictionary(pool => pool.Key, pool => PoolConfiguration.From(pool.Value));
        if (configured.Count > 0)
        {
            var errors = await grains
                .GetGrain<IPoolCatalogGrain>(0)
                .ConfigureAsync(
                    configured,
                    [.. options.Value.PoolSelectors.Keys],
                    [.. options.Value.Profiles.Keys],
                    membership.Self.Value)
                .WaitAsync(cancellationToken);
            if (errors.Count > 0)
                throw new OptionsValidationException(nameof(HandlerOptions), typeof(HandlerOptions), errors);
        }

        await MeetWorkerGrainsAsync();
        await loads.FetchInitialLoadsAsync();
        var node = await StartedAsync();
        node.Open();
        publishing = KeepRunning("the reports of the load", stopping => loads.PublishAsync(() => node.Load, stopping));
        looking = Task.WhenAll(
            KeepRunning("the watch of the membership", watch.WatchAsync),
            KeepRunning("the watch of the storage", stopping => storage.WatchAsync(configured, stopping)));
        opened.SetResult();
    }

    /// <summary>
    /// Makes the first call of each key; see <see cref="IWorkerGrain.Keys"/>. If that fails, the first caller's call does it.
    /// </summary>
    private async Task MeetWorkerGrainsAsync()
        => await Task.WhenAll(Enumerable.Range(0, IWorkerGrain.Keys).Select(key => grains.GetGrain<IWorkerGrain>(key).PingAsync()))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    private async Task StopTakingPartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await DrainAsync(cancellationToken);
        }
        finally
        {
            drained.TrySetResult();
        }
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (!started.Task.IsCompletedSuccessfully)
            return;
        var node = started.Task.Result;
        node.Close();
        foreach (var other in membership.Others)
            background.Run("the report of the load to another silo", () => nodes[other].PublishAsync(node.Load));
        using var moving = new CancellationTokenSource();
        var moved = MovePoolsAsync(moving.Token);
        try
        {
            await node.DrainAsync(siloOptions.Value.DrainTimeout, cancellationToken);
        }
        finally
        {
            await moving.CancelAsync();
            await moved;
        }

        await colocated.LeaveAsync();
    }

    /// <summary>
    /// Moves this silo's pools to silos that stay, as soon as there are any. Pools that cannot start there yet continue here meanwhile.
    /// </summary>
    private async Task MovePoolsAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tuning.Silos.MoveInterval, time);
        try
        {
            do
            {
                if (loads.Loads.Any(load => load.Accepts))
                    await colocated.MoveAsync();
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The drain is over; the pools that are still here leave now.
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await closing.CancelAsync();
        await Task.WhenAll(watching, publishing, looking);
        if (started.Task.IsCompletedSuccessfully)
            await started.Task.Result.DisposeAsync();
    }

    private void OnDeath(NodeId died)
    {
        loads.Forget(died);
        nodes.Forget(died);
        colocated.NodeDied(died, died == membership.Self);
    }

    private Task KeepRunning(string name, Func<CancellationToken, Task> work)
        => Task.Run(() => background.KeepRunningAsync(name, work, Tuning.Silos.RestartAfter, time, closing.Token));

    [LoggerMessage(
        1416,
        LogLevel.Warning,
        "The clock of silo {Silo} is {Seconds:0} s ahead of this machine's. Set the clocks of both by a time server. "
            + "A silo whose clock is more than {MaxSeconds:0} s ahead declares joining silos dead: "
            + "these log that they have been told they are dead, and abort (exit code 134)")]
    private partial void LogClockAhead(SiloAddress silo, double seconds, double maxSeconds);

    [LoggerMessage(1417, LogLevel.Debug, "The clocks of the silos could not be compared")]
    private partial void LogClocksUnknown(Exception exception);

    [LoggerMessage(1401, LogLevel.Warning, "Work of the silo's node in the background failed: {Work}")]
    private static partial void LogBackgroundFailed(ILogger logger, string work, Exception exception);
}
