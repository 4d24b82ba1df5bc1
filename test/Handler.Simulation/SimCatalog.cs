using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// Which pools there are to be. Like a cluster's catalog it makes one change after the other: first it has the pool's record follow, then it tells the pool, and should
/// that break off it does both again.
/// </summary>
internal sealed class SimCatalog(Cluster cluster)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, PoolConfiguration> _pools = [];
    private readonly SimProcess _process = new(cluster.World, "catalog", new SimMachine("catalog"));
    private Task _last = Task.CompletedTask;
    private long _version;

    private World World => cluster.World;

    public bool Has(string pool) => _pools.ContainsKey(pool);

    /// <summary>The last change of the pool that it made.</summary>
    public long VersionOf(string pool) => _pools[pool].Version;

    /// <summary>A pool that is there from the beginning.</summary>
    public void Begin(string pool, PoolConfiguration configuration) => _pools.Add(pool, configuration);

    public void Set(string pool, PoolConfiguration configuration) => Enqueue(() =>
    {
        if (PoolGraph.FindNewErrors(Options(_pools), pool, configuration.ToOptions(), [.. cluster.Selectors.Keys]).Count > 0)
            return Task.CompletedTask;
        var next = configuration with { Version = ++_version };
        World.Trace($"{pool} is to be {next}");
        _pools[pool] = next;
        cluster.Monitor.AddingBegins(pool);
        return FollowAsync(pool, next);
    });

    public void Remove(string pool) => Enqueue(() =>
    {
        if (!_pools.Remove(pool))
            return Task.CompletedTask;
        World.Trace($"{pool} is to be removed");
        return FollowAsync(pool, null);
    });

    private static Dictionary<string, PoolOptions> Options(Dictionary<string, PoolConfiguration> pools) => pools.ToDictionary(pool => pool.Key, pool => pool.Value.ToOptions());

    private void Enqueue(Func<Task> change) => World.Schedule(_process, TimeSpan.Zero, () => _last = AfterAsync(_last, change));

    private static async Task AfterAsync(Task before, Func<Task> change)
    {
        await before;
        await change();
    }

    private async Task FollowAsync(string pool, PoolConfiguration? configuration)
    {
        cluster.Monitor.ChangeBegins(pool);
        while (true)
        {
            try
            {
                if (configuration is null)
                    await cluster.Store.RemoveAsync(_process, pool).WaitAsync(Timeout, _process.Time);
                else
                    await cluster.Store.CreateAsync(_process, pool, configuration).WaitAsync(Timeout, _process.Time);
                var changed = await TellAsync(pool, configuration).WaitAsync(Timeout, _process.Time);
                World.Trace($"{pool} has followed");
                cluster.Monitor.Followed(changed, configuration);
                return;
            }
            catch (Exception e)
            {
                World.Trace($"{pool} has not followed: {e.Message}");
            }

            await Task.Delay(Cluster.Timings.RetryDelay, _process.Time);
        }
    }

    /// <summary>Answers who goes by the change.</summary>
    private Task<PoolActor> TellAsync(string pool, PoolConfiguration? configuration) => cluster.Network.CallAsync(
        _process,
        () =>
        {
            var told = cluster.Pools.Route(pool, _process);
            return told.Receive(_ => TellAsync(told, configuration));
        },
        _process.Machine,
        $"change of {pool}: {(configuration is null ? "removed" : "changed")}");

    private async ValueTask<PoolActor> TellAsync(Activation told, PoolConfiguration? configuration)
    {
        var isAlone = cluster.Pools.Alive(told.Pool.Name).All(other => other == told || other.Pool.IsSuperseded);
        var changed = await told.ChangeAsync(configuration);
        if (configuration is null)
            cluster.Monitor.Removed(changed, isAlone && !Has(told.Pool.Name)); // else it hears of it late, and is to be there again
        return changed;
    }
}
