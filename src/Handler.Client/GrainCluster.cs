using Handler.Cluster;
using Handler.Grains;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Messaging;
using static Handler.Infrastructure.Tuning.Callers;

namespace Handler.Client;

/// <summary>Reaches a cluster through its grains.</summary>
internal sealed partial class GrainCluster(IGrainFactory grains, ILogger logger, TimeProvider time) : ICluster, ISessionLink
{
    /// <summary>
    /// A long poll returns after <see cref="NodeTimings.LongPoll"/> at the latest, so another gateway is tried only after that.
    /// </summary>
    private static readonly TimeSpan SecondWatchAfter = NodeTimings.LongPoll + (2 * NextGatewayAfter);

    /// <summary>
    /// A client has no grains before it is connected. So the first call gets them, and a later call does if the first came too early.
    /// </summary>
    private readonly Lazy<IWorkerGrain[]> workers = new(
        () => [.. Enumerable.Range(0, IWorkerGrain.Keys).Select(key => grains.GetGrain<IWorkerGrain>(key))],
        LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The name of this caller in the silos' logs.</summary>
    private static readonly string Self =
        $"{Path.GetFileNameWithoutExtension(Environment.ProcessPath)} (process {Environment.ProcessId} on {Environment.MachineName})";

    private readonly BackgroundWork unneeded = new((work, exception) => LogUnneededFailed(logger, work, exception));
    private readonly GatewayKeys gateways = new();
    private uint next = (uint)Random.Shared.Next();

    private ClientSessions Sessions
        => field ?? LazyInitializer.EnsureInitialized(
            ref field, () => new ClientSessions(this, unneeded, time, first: (uint)Random.Shared.Next()));

    private IWorkerGrain Worker => workers.Value[Interlocked.Increment(ref next) % IWorkerGrain.Keys];

    private IPoolCatalogGrain Catalog => grains.GetGrain<IPoolCatalogGrain>(0);

    public Task<CallReply> SubmitAsync(JobRequest request) => Sessions.SubmitAsync(request);

    public Task<CallReply> WatchAsync(NodeId node, CallId call) => Sessions.WatchAsync(node, call);

    // A silo drops a message whose response timeout has passed. A silo that was short of CPU time must not drop a job, so that
    // timeout is longer than the caller waits.
    public async Task<SessionReply> ExchangeAsync(NodeId node, SessionMessage message)
    {
        var key = gateways.KeyFor(node);
        var reply = key is { } direct
            ? grains.GetGrain<IWorkerGrain>(direct).ExchangeAsync(node, message)
            : Worker.ExchangeByAnyAsync(node, message);
        try
        {
            var replied = await reply.WaitAsync(NodeTimings.Listening, time).ConfigureAwait(false);
            gateways.Learn(key, replied.Gateway);
            return replied;
        }
        catch (Exception exception)
        {
            gateways.Forget(node);
            if (exception is TimeoutException)
                unneeded.Run("a message whose reply came too late", reply);
            throw;
        }
    }

    public Task<KnownNodes> GetNodesAsync() => AskAsync(Worker.GetNodesAsync, NextGatewayAfter);

    /// <summary>
    /// Orleans throws these when it does not execute a message: the client is connected to no gateway, or the silo takes no more messages.
    /// When a silo dies, the messages that it has received fail with <see cref="SiloUnavailableException"/>: they may have been executed.
    /// </summary>
    public bool HasNotLeft(Exception failure)
        => failure is OrleansMessageRejectionException and not SiloUnavailableException or ConnectionFailedException or NoNodeException;

    public Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset)
        => AskAsync(() => Worker.FetchAsync(node, call, offset), SecondWatchAfter);

    public Task<FindReply> FindAsync(CallId call, bool refuse) => AskAsync(() => Worker.FindAsync(call, refuse), NextGatewayAfter);

    public Task StopAsync(CallId call, StopRequest stop)
    {
        SkipGateway();
        return Worker.StopAsync(call, stop);
    }

    public Task DetachAsync(NodeId node, CallId call) => Worker.DetachAsync(node, call);

    public Task<int> KillAsync(string pool, KillTarget target, string reason, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(pool))
            return Task.FromResult(0); // neither a pool name nor a grain key can be blank
        var kill = Guid.NewGuid(); // identifies the kill, so that sending it twice does no harm
        return PersistAsync(
            async () => (await grains.GetGrain<IPoolGrain>(pool).KillAsync(kill, target, reason).ConfigureAwait(false)).Killed,
            cancellationToken);
    }

    public Task<PoolSnapshot?> GetSnapshotAsync(string pool, CancellationToken cancellationToken) => string.IsNullOrWhiteSpace(pool)
        ? Task.FromResult<PoolSnapshot?>(null)
        : PersistAsync(() => grains.GetGrain<IPoolGrain>(pool).GetSnapshotAsync(), cancellationToken);

    public Task<VersionedPool?> GetPoolAsync(string pool, CancellationToken cancellationToken)
        => PersistAsync(() => Catalog.GetAsync(pool), cancellationToken);

    public Task<PoolChange> SetPoolAsync(string pool, PoolConfiguration configuration, long? version, CancellationToken cancellationToken)
    {
        var change = Guid.NewGuid();
        return PersistAsync(() => Catalog.SetAsync(pool, configuration, version, change, Self), cancellationToken);
    }

    public Task<bool> RemovePoolAsync(string pool, CancellationToken cancellationToken)
    {
        var change = Guid.NewGuid();
        return PersistAsync(() => Catalog.RemoveAsync(pool, change, Self), cancellationToken);
    }

    private void SkipGateway()
    {
        if (Random.Shared.Next(SkipOneIn) == 0)
            unneeded.Run("a message that only skips a gateway", () => Worker.PingAsync());
    }

    /// <summary>
    /// Sends a request through several gateways, because one may lead through an unresponsive silo. Returns the first reply.
    /// </summary>
    /// <param name="ask">Sends the request through the next gateway.</param>
    /// <param name="secondAfter">How long to wait before sending the request a second time. If the first one fails, the second is sent
    /// immediately.</param>
    private async Task<T> AskAsync<T>(Func<Task<T>> ask, TimeSpan secondAfter)
    {
        var asked = new List<Task<T>>();
        try
        {
            return await FirstReplyAsync(asked, ask, secondAfter).ConfigureAwait(false);
        }
        finally
        {
            foreach (var way in asked)
                unneeded.Run("a request that was sent through several gateways", way);
        }
    }

    private async Task<T> FirstReplyAsync<T>(List<Task<T>> asked, Func<Task<T>> ask, TimeSpan secondAfter)
    {
        while (true)
        {
            if (asked.Count < MaxGateways)
                asked.Add(ask());
            var open = asked.Where(way => !way.IsCompleted).ToList();
            var nextAfter = asked.Count == 1 ? secondAfter : NextGatewayAfter;
            if (open.Count > 0)
                await Task.WhenAny(asked.Count < MaxGateways ? [.. open, Task.Delay(nextAfter, time)] : open).ConfigureAwait(false);
            if (asked.Find(way => way.IsCompletedSuccessfully) is { } successful)
                return await successful.ConfigureAwait(false);
            var failed = asked.FindAll(way => way.IsCompleted);
            if (failed.Count >= EnoughFailures)
                return await failed[^1].ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Repeats a call to a grain while it is unknown whether the call arrived: its silo died, or a pool is recovering. The call must do no
    /// harm when made twice.
    /// </summary>
    /// <exception cref="TimeoutException">No call succeeded within <see cref="NodeTimings.FindTimeout"/>.</exception>
    private async Task<T> PersistAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await UntilCancelledAsync(call(), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
                when (exception is not (OutOfMemoryException or IUnreadableReply) && !cancellationToken.IsCancellationRequested)
            {
                if (time.GetElapsedTime(start) >= NodeTimings.FindTimeout)
                {
                    var patience = NodeTimings.FindTimeout.TotalSeconds;
                    throw new TimeoutException($"The cluster has not replied for {patience:0} s: {exception.Message}", exception);
                }

                await Task.Delay(RetryDelay, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<T> UntilCancelledAsync<T>(Task<T> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            unneeded.Run("a call that its caller has cancelled", call);
            throw;
        }
    }

    [LoggerMessage(1315, LogLevel.Debug, "A message to the cluster failed whose reply was no longer needed: {Work}")]
    private static partial void LogUnneededFailed(ILogger logger, string work, Exception exception);
}
