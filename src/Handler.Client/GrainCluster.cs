using Handler.Grains;
using Handler.Pools;
using Handler.Remote;

namespace Handler.Client;

/// <summary>Reaches a cluster by its grains.</summary>
internal sealed class GrainCluster : ICluster
{
    private const int KillAttempts = 5;

    private readonly IGrainFactory grains;
    private readonly IWorkerGrain[] workers;
    private uint next = (uint)Random.Shared.Next();

    public GrainCluster(IGrainFactory grains)
    {
        this.grains = grains;
        workers = [.. Enumerable.Range(0, IWorkerGrain.Keys).Select(key => grains.GetGrain<IWorkerGrain>(key))];
    }

    // A client keeps to one gateway for each grain; taking turns among many spreads the calls over all silos.
    private IWorkerGrain Worker => workers[Interlocked.Increment(ref next) % IWorkerGrain.Keys];

    private IPoolCatalogGrain Catalog => grains.GetGrain<IPoolCatalogGrain>(0);

    public Task<CallReply> SubmitAsync(JobRequest request) => Worker.SubmitAsync(request);

    public Task<CallReply> WatchAsync(NodeId node, CallId call) => Worker.WatchAsync(node, call);

    public Task<FindReply> FindAsync(CallId call) => Worker.FindAsync(call);

    public Task StopAsync(CallId call, Stop stop) => Worker.StopAsync(call, stop);

    public Task DetachAsync(NodeId node, CallId call) => Worker.DetachAsync(node, call);

    public async Task<int> KillAsync(string pool, KillTarget target, string reason)
    {
        var kill = Guid.NewGuid();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return (await grains.GetGrain<IPoolGrain>(pool).KillAsync(kill, target, reason).ConfigureAwait(false)).Killed;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException && attempt < KillAttempts)
            {
                // The activation was replaced, or its silo died: the next one is asked the same. Killing twice does no harm.
            }
        }
    }

    public Task<PoolSnapshot?> GetSnapshotAsync(string pool) => grains.GetGrain<IPoolGrain>(pool).GetSnapshotAsync();

    public Task<VersionedPool?> GetPoolAsync(string pool) => Catalog.GetAsync(pool);

    public Task<PoolChange> SetPoolAsync(string pool, PoolConfiguration configuration, long? version) => Catalog.SetAsync(pool, configuration, version);

    public Task<bool> RemovePoolAsync(string pool) => Catalog.RemoveAsync(pool);
}
