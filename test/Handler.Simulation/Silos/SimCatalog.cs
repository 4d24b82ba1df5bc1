using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// The pools that should exist. Like a cluster's catalog, it makes one change after another. First it makes the pool's record follow, then
/// it tells the pool. If that is interrupted, it does both again.
/// </summary>
internal sealed class SimCatalog(Cluster cluster)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, PoolConfiguration> pools = [];
    private readonly SimProcess process = new(cluster.World, "catalog", new SimMachine("catalog"));
    private readonly Dictionary<string, long> last = [];
    private Task before = Task.CompletedTask;
    private long version;

    private World World => cluster.World;

    public bool Has(string pool) => this.pools.ContainsKey(pool);

    /// <summary>A pool as it should be; <see langword="null"/> if it should not exist.</summary>
    public PoolConfiguration? Find(string pool) => this.pools.GetValueOrDefault(pool);

    /// <summary>The version of the last change that it made to the pool.</summary>
    public long VersionOf(string pool) => this.pools[pool].Version;

    /// <summary>Adds a pool that exists from the beginning.</summary>
    public void Begin(string pool, PoolConfiguration configuration) => this.pools.Add(pool, configuration);

    public void Set(string pool, PoolConfiguration configuration) => Enqueue(() =>
    {
        if (HasErrors(pool, configuration))
            configuration = configuration with { Reserved = default };
        if (HasErrors(pool, configuration))
            return Task.CompletedTask;
        return ChangeAsync(pool, pools => pools[pool] = configuration, () =>
        {
            World.Trace($"{pool} is to be {this.pools[pool]}");
            cluster.Monitor.AddingBegins(pool);
            return FollowAsync(pool, this.pools[pool], removed: false);
        });
    });

    public void Remove(string pool) => Enqueue(() =>
    {
        if (!this.pools.TryGetValue(pool, out var last))
            return Task.CompletedTask;
        return ChangeAsync(pool, pools => pools.Remove(pool), () =>
        {
            World.Trace($"{pool} is to be removed");
            return FollowAsync(pool, last with { Version = ++version }, removed: true);
        });
    });

    private bool HasErrors(string pool, PoolConfiguration configuration)
    {
        var names = new RegisteredNames([.. cluster.Selectors.Keys], []);
        return PoolGraph.FindNewErrors(Options(this.pools), pool, configuration.ToOptions(), names).Count > 0;
    }

    /// <summary>Changes a pool. Pools above it that keep more learn that first, and those that keep less learn it last.</summary>
    private async Task ChangeAsync(string pool, Action<Dictionary<string, PoolConfiguration>> change, Func<Task> follow)
    {
        var before = Options(this.pools);
        change(this.pools);
        var after = Options(this.pools);
        var (first, last) = PoolGuarantees.Affected(before, after, [pool]);
        var guarantees = PoolGuarantees.Of(after);
        foreach (var each in first.Concat(last).Append(pool).Where(this.pools.ContainsKey))
            this.pools[each] = this.pools[each] with
            {
                Version = ++version,
                Guarantees = guarantees.GetValueOrDefault(each, GuaranteeList.None),
            };
        foreach (var each in first)
            await FollowAsync(each, this.pools[each], removed: false);
        await follow();
        foreach (var each in last)
            await FollowAsync(each, this.pools[each], removed: false);
    }

    private static Dictionary<string, PoolOptions> Options(Dictionary<string, PoolConfiguration> pools)
        => pools.ToDictionary(pool => pool.Key, pool => pool.Value.ToOptions());

    private void Enqueue(Func<Task> change) => World.Schedule(process, TimeSpan.Zero, () => this.before = AfterAsync(this.before, change));

    private static async Task AfterAsync(Task before, Func<Task> change)
    {
        await before;
        await change();
    }

    private async Task FollowAsync(string pool, PoolConfiguration configuration, bool removed)
    {
        cluster.Monitor.ChangeBegins(pool);
        this.last[pool] = configuration.Version;
        if (World.Chance(0.2))
            _ = FollowLateAsync(pool, configuration, removed);
        while (true)
        {
            try
            {
                await cluster.Store.FollowAsync(process, pool, configuration, removed).WaitAsync(Timeout, process.Time);
                var changed = await TellAsync(pool, configuration, removed).WaitAsync(Timeout, process.Time);
                World.Trace($"{pool} has followed");
                cluster.Monitor.Followed(changed, removed ? null : configuration);
                return;
            }
            catch (Exception exception)
            {
                World.Trace($"{pool} has not followed: {exception.Message}");
            }

            await Task.Delay(Cluster.Timings.RetryDelay, process.Time);
        }
    }

    /// <summary>
    /// A catalog that was taken for dead in the middle of this change wakes and resumes the change, after its successor has made it and
    /// perhaps others.
    /// </summary>
    private async Task FollowLateAsync(string pool, PoolConfiguration configuration, bool removed)
    {
        await Task.Delay(World.Between(0, 6_000), process.Time);
        if (this.last[pool] == configuration.Version)
            return; // making the same change again tests nothing new
        try
        {
            World.Trace($"{pool} is told late, as of version {configuration.Version}");
            await cluster.Store.FollowAsync(process, pool, configuration, removed).WaitAsync(Timeout, process.Time);
            await TellAsync(pool, configuration, removed).WaitAsync(Timeout, process.Time);
        }
        catch (Exception exception)
        {
            World.Trace($"{pool} was not told late: {exception.Message}");
        }
    }

    /// <summary>Returns the actor that follows the change.</summary>
    private Task<PoolActor> TellAsync(string pool, PoolConfiguration configuration, bool removed) => cluster.Network.CallAsync(
        process,
        () =>
        {
            var told = cluster.Pools.Route(pool, process);
            return told.Receive(_ => TellAsync(told, configuration, removed));
        },
        process.Machine,
        $"change of {pool}: {(removed ? "removed" : "changed")}");

    private async ValueTask<PoolActor> TellAsync(Activation told, PoolConfiguration configuration, bool removed)
    {
        var isAlone = cluster.Pools.Alive(told.Pool.Name).All(other => other == told || other.Pool.IsSuperseded);
        var changed = await told.FollowAsync(configuration, removed);
        if (removed && changed.IsRemoved)
            cluster.Monitor.Removed(changed, isAlone && !Has(told.Pool.Name)); // else the message is late, and the pool is to exist again
        return changed;
    }
}
