using System.Diagnostics;
using Handler.Cluster;
using Handler.Grains;
using Handler.Pools;
using Orleans.Runtime.Messaging;

namespace Handler.Client;

/// <summary>Reaches a cluster by its grains.</summary>
internal sealed class GrainCluster(IGrainFactory grains) : ICluster
{
    /// <summary>
    /// By how many ways something is asked, and after what time without an answer one more is tried. All of them may lead through the same silo that stands still: with three gateways and
    /// two ways one question in nine would, and be answered only when the node has given its caller up.
    /// </summary>
    private const int Ways = 8;
    private static readonly TimeSpan NextAfter = TimeSpan.FromMilliseconds(300);

    /// <summary>So many ways that fail are enough to give up: whoever asks has something better to do than to try the same again.</summary>
    private const int EnoughFailures = 2;

    /// <summary>How far a call is, is answered after a leg at the latest: only then is another way tried.</summary>
    private static readonly TimeSpan SecondWatchAfter = NodeTimings.LongPoll + (2 * NextAfter);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>A client has no grains before it is connected. So they are asked for by the first call, and again where that came too early.</summary>
    private readonly Lazy<IWorkerGrain[]> workers = new(() => [.. Enumerable.Range(0, IWorkerGrain.Keys).Select(key => grains.GetGrain<IWorkerGrain>(key))], LazyThreadSafetyMode.PublicationOnly);

    /// <summary>
    /// Orleans takes one gateway after the other, message by message. A caller whose jobs each take as many messages as there are gateways, to start it and to stop it, say, would meet the same
    /// silo with each of them. So now and then one of the messages about jobs, which are few, is followed by one that does nothing.
    /// </summary>
    private const int SkipOneIn = 3;

    /// <summary>What the silos' log calls this caller.</summary>
    private static readonly string Self = $"{Path.GetFileNameWithoutExtension(Environment.ProcessPath)} (process {Environment.ProcessId} on {Environment.MachineName})";

    private uint next = (uint)Random.Shared.Next();

    private IWorkerGrain Worker => workers.Value[Interlocked.Increment(ref next) % IWorkerGrain.Keys];

    private IPoolCatalogGrain Catalog => grains.GetGrain<IPoolCatalogGrain>(0);

    // A silo drops a message whose time for an answer is over. One without processor time for a while must not drop a job, so that time is longer than anybody listens.
    public Task<CallReply> SubmitAsync(JobRequest request) => Worker.SubmitAsync(request).WaitAsync(NodeTimings.Listening);

    /// <summary>Orleans rejects what it does not execute: a client that has no connection to any gateway does, and a silo that takes no more messages.</summary>
    public bool HasNotLeft(Exception failure) => failure is OrleansMessageRejectionException or ConnectionFailedException;

    public Task<CallReply> WatchAsync(NodeId node, CallId call)
    {
        SkipGateway();
        return AskAsync(() => Worker.WatchAsync(node, call), SecondWatchAfter);
    }

    public Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset) => AskAsync(() => Worker.FetchAsync(node, call, offset), SecondWatchAfter);

    public Task<FindReply> FindAsync(CallId call, bool refuse) => AskAsync(() => Worker.FindAsync(call, refuse), NextAfter);

    public Task StopAsync(CallId call, Stop stop)
    {
        SkipGateway();
        return Worker.StopAsync(call, stop);
    }

    public Task DetachAsync(NodeId node, CallId call) => Worker.DetachAsync(node, call);

    public Task<int> KillAsync(string pool, KillTarget target, string reason)
    {
        if (string.IsNullOrWhiteSpace(pool))
            return Task.FromResult(0); // no pool has such a name, and no grain such a key
        var kill = Guid.NewGuid(); // names it, so that killing twice does no harm
        return PersistAsync(async () => (await grains.GetGrain<IPoolGrain>(pool).KillAsync(kill, target, reason).ConfigureAwait(false)).Killed);
    }

    public Task<PoolSnapshot?> GetSnapshotAsync(string pool) => string.IsNullOrWhiteSpace(pool)
        ? Task.FromResult<PoolSnapshot?>(null)
        : PersistAsync(() => grains.GetGrain<IPoolGrain>(pool).GetSnapshotAsync());

    public Task<VersionedPool?> GetPoolAsync(string pool) => PersistAsync(() => Catalog.GetAsync(pool));

    public Task<PoolChange> SetPoolAsync(string pool, PoolConfiguration configuration, long? version)
    {
        var change = Guid.NewGuid();
        return PersistAsync(() => Catalog.SetAsync(pool, configuration, version, change, Self));
    }

    public Task<bool> RemovePoolAsync(string pool)
    {
        var change = Guid.NewGuid();
        return PersistAsync(() => Catalog.RemoveAsync(pool, change, Self));
    }

    private void SkipGateway()
    {
        if (Random.Shared.Next(SkipOneIn) == 0)
            Worker.PingAsync().Ignore();
    }

    /// <summary>Asks by several gateways: the way may lead through a silo that stands still. The first answer is as good as any.</summary>
    /// <param name="ask">Asks by the next gateway.</param>
    /// <param name="secondAfter">How long to wait before asking a second time. At once where the first way fails.</param>
    private static async Task<T> AskAsync<T>(Func<Task<T>> ask, TimeSpan secondAfter)
    {
        var asked = new List<Task<T>>();
        while (true)
        {
            if (asked.Count < Ways)
                asked.Add(ask());
            var open = asked.Where(way => !way.IsCompleted).ToList();
            if (open.Count > 0)
                await Task.WhenAny(asked.Count < Ways ? [.. open, Task.Delay(asked.Count == 1 ? secondAfter : NextAfter)] : open).ConfigureAwait(false);
            if (asked.Find(way => way.IsCompletedSuccessfully) is { } answered)
                return await answered.ConfigureAwait(false);
            var failed = asked.FindAll(way => way.IsCompleted);
            if (failed.Count >= EnoughFailures)
                return await failed[^1].ConfigureAwait(false);
        }
    }

    /// <summary>Makes a call to a grain again, as long as it is not known whether it arrived: its silo died, or a pool recovers. The call must do no harm when made twice.</summary>
    /// <exception cref="Exception">It was tried for too long.</exception>
    private static async Task<T> PersistAsync<T>(Func<Task<T>> call)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not (OutOfMemoryException or IUnreadableAnswer) && Stopwatch.GetElapsedTime(start) < NodeTimings.FindTimeout)
            {
                await Task.Delay(RetryDelay).ConfigureAwait(false);
            }
        }
    }
}
