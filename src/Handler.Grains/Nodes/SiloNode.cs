using System.Security.Cryptography;
using Handler.Grains.Pools;
using Handler.Pools;
using Handler.Remote;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Handler.Grains.Nodes;

/// <summary>
/// This silo's node as a part of the silo's life: its workers start before the silo becomes active, it takes jobs once it is, and when the silo shuts down
/// it drains first, while pools can still be reached.
/// </summary>
internal sealed partial class SiloNode(
    IOptions<HandlerOptions> options,
    IOptions<HandlerSiloOptions> siloOptions,
    Membership membership,
    NodeServices nodes,
    LoadBoard loads,
    GrainPools pools,
    GrainPoolStore store,
    NearPools near,
    IGrainFactory grains,
    ILogger<IHandler> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan MoveAgainAfter = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<RemoteNode> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource closing = new();
    private Task watching = Task.CompletedTask;
    private Task publishing = Task.CompletedTask;

    /// <summary>The node, as soon as its workers have started.</summary>
    public ValueTask<RemoteNode> StartedAsync() => new(started.Task);

    /// <summary>The node, when it takes jobs. A silo's gateway opens a little earlier: where it is more than a little, the node sees to those who come then.</summary>
    public async ValueTask<RemoteNode> OpenedAsync()
    {
        if (!opened.Task.IsCompleted)
            await opened.Task.WaitAsync(NodeTimings.Leg).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return await StartedAsync();
    }

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe($"{nameof(Handler)}.workers", ServiceLifecycleStage.ApplicationServices, StartAsync, StopAsync);
        lifecycle.Subscribe($"{nameof(Handler)}.jobs", ServiceLifecycleStage.Active + 1, OpenAsync, DrainAsync);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        watching = KeepOn(ending => membership.WatchDeathsAsync(OnDeath, ending));
        var ports = new RemoteNodePorts
        {
            Id = membership.Self,
            Scope = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
            Pools = pools,
            Store = store,
            Others = loads,
            Turns = near.Turns,
        };
        started.SetResult(await RemoteNode.StartAsync(options.Value, ports, logger, cancellationToken));
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var configured = options.Value.Pools.ToDictionary(pool => pool.Key, pool => PoolConfiguration.From(pool.Value));
        if (configured.Count > 0)
        {
            var mistakes = await grains.GetGrain<IPoolCatalogGrain>(0).ConfigureAsync(configured, [.. options.Value.PoolSelectors.Keys]).WaitAsync(cancellationToken);
            if (mistakes.Count > 0)
                throw new OptionsValidationException(nameof(HandlerOptions), typeof(HandlerOptions), mistakes);
        }

        await MeetWorkerGrainsAsync();
        await loads.MeetAsync();
        var node = await StartedAsync();
        node.Open();
        publishing = KeepOn(ending => loads.PublishAsync(() => node.Load, ending));
        opened.SetResult();
    }

    /// <summary>Makes the first call of each key; see <see cref="IWorkerGrain.Keys"/>. Where it fails the first caller makes it.</summary>
    private async Task MeetWorkerGrainsAsync()
        => await Task.WhenAll(Enumerable.Range(0, IWorkerGrain.Keys).Select(key => grains.GetGrain<IWorkerGrain>(key).PingAsync()))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (!started.Task.IsCompletedSuccessfully)
            return;
        var node = started.Task.Result;
        node.Close();
        foreach (var other in membership.Others)
            _ = nodes[other].PublishAsync(node.Load);
        using var moving = new CancellationTokenSource();
        var moved = MovePoolsAsync(moving.Token);
        await node.DrainAsync(siloOptions.Value.DrainTimeout, cancellationToken);
        await moving.CancelAsync();
        await moved;
        await near.LeaveAsync();
    }

    /// <summary>Has the pools that are here move to silos that stay, as soon as there are such; those that cannot begin there yet go on here meanwhile.</summary>
    private async Task MovePoolsAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(MoveAgainAfter);
        try
        {
            do
            {
                if (loads.Loads.Any(load => load.Accepts))
                    await near.MoveAsync();
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The drain is over; whatever is left here goes now.
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await closing.CancelAsync();
        await Task.WhenAll(watching, publishing);
        if (started.Task.IsCompletedSuccessfully)
            await started.Task.Result.DisposeAsync();
    }

    private void OnDeath(NodeId died)
    {
        loads.Forget(died);
        nodes.Forget(died);
        near.NodeDied(died, died == membership.Self);
    }

    /// <summary>Runs something until the silo closes; after a failure, which is logged, again.</summary>
    private async Task KeepOn(Func<CancellationToken, Task> run)
    {
        await Task.Yield();
        while (!closing.IsCancellationRequested)
        {
            try
            {
                await run(closing.Token);
            }
            catch (OperationCanceledException) when (closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogBackgroundFailed(exception);
                await Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None);
            }
        }
    }

    [LoggerMessage(1401, LogLevel.Warning, "A part of the silo's Handler failed and goes on in a second")]
    private partial void LogBackgroundFailed(Exception exception);
}
