using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Handler.Grains.Pools;

/// <summary>
/// The pools of the cluster as one activation of the catalog knows them. Writes the new state into its own record first, then updates the
/// pool's record and grain. If it fails between the two, the next activation does the rest. Calls must come one after the other.
/// </summary>
/// <param name="storage">Has the catalog's record.</param>
/// <param name="id">The key of that record.</param>
/// <param name="versionOf">Reads the version of a pool's own record; 0 if there is none.</param>
/// <param name="follow">Updates a pool's own record and its grain to a configuration, or to its removal.</param>
/// <param name="names">The selectors and profiles that this silo has.</param>
/// <param name="logger">Receives a line for each change.</param>
/// <param name="leave">Called when this activation must not continue, because it does not know what is stored.</param>
internal sealed class PoolCatalog(
    HandlerStorage storage,
    GrainId id,
    Func<string, Task<long>> versionOf,
    Func<string, PoolConfiguration, bool, Task> follow,
    RegisteredNames names,
    ILogger logger,
    Action leave)
{
    private readonly PoolCatalogLog log = new(logger);
    private Stored<CatalogState> stored = null!;

    private Dictionary<string, CatalogEntry> Pools => stored.Value.Pools;

    /// <summary>Reads the record, and does what an earlier activation has left undone.</summary>
    public async Task LoadAsync()
    {
        stored = await LoadRecordAsync();
        await FollowAsync([.. Pools.Where(pool => !pool.Value.Followed).Select(pool => pool.Key)]);
    }

    /// <inheritdoc cref="IPoolCatalogGrain.GetAsync"/>
    public VersionedPool? Get(string pool)
        => Find(pool) is { } entry ? new VersionedPool(entry.Configuration.ToConfiguration(), entry.Version) : null;

    /// <inheritdoc cref="IPoolCatalogGrain.SetAsync"/>
    public async Task<PoolChange> SetAsync(string pool, PoolConfiguration configuration, long? version, Guid change, string? by)
    {
        if (IsMade(pool, change))
            return new PoolChange(true, []);
        var present = Find(pool);
        if (present?.Version != version)
            return new PoolChange(false, []);
        var errors = PoolGraph.FindNewErrors(stored.Value.ToOptions(), pool, configuration.ToOptions(), names);
        if (errors.Count > 0)
            return new PoolChange(false, errors);
        var next = await NextVersionAsync(pool);
        var before = Pools.GetValueOrDefault(pool);
        var order = await ChangeAsync([pool], pools => pools[pool] = new CatalogEntry
        {
            Configuration = StoredConfiguration.Of(configuration),
            Configured = Pools.GetValueOrDefault(pool)?.Configured, // also from a removed pool: what a silo brings again is not a change
            Version = next,
            Changes = ChangesWith(pool, change),
        });
        log.Set(pool, before, StoredConfiguration.Of(configuration), PoolCatalogLog.NameOf(by));
        await FollowOrLeaveAsync(order);
        return new PoolChange(true, []);
    }

    /// <inheritdoc cref="IPoolCatalogGrain.RemoveAsync"/>
    public async Task<bool> RemoveAsync(string pool, Guid change, string? by)
    {
        if (IsMade(pool, change))
            return true;
        if (Find(pool) is null)
            return false;
        var order = await ChangeAsync([pool], pools =>
            pools[pool] = pools[pool] with
            {
                Removed = true,
                Followed = false,
                Version = pools[pool].Version + 1,
                Changes = ChangesWith(pool, change),
            });
        log.Removed(pool, PoolCatalogLog.NameOf(by));
        await FollowOrLeaveAsync(order);
        return true;
    }

    /// <inheritdoc cref="IPoolCatalogGrain.ConfigureAsync"/>
    public async Task<IReadOnlyList<string>> ConfigureAsync(
        Dictionary<string, PoolConfiguration> pools, RegisteredNames namesOfSilo, string? silo)
    {
        var news = pools.Where(pool => Pools.GetValueOrDefault(pool.Key)?.Configured != StoredConfiguration.Of(pool.Value)).ToList();
        var by = $"the configuration of silo {PoolCatalogLog.NameOf(silo)}";
        log.Kept(pools.Except(news).ToDictionary(), Pools, by);
        if (news.Count == 0)
            return [];
        var changed = stored.Value.ToOptions();
        foreach (var (pool, configuration) in news)
            changed[pool] = configuration.ToOptions();
        var errors = PoolGraph.FindNewErrors(stored.Value.ToOptions(), changed, namesOfSilo);
        if (errors.Count > 0)
            return errors;
        var entries = new Dictionary<string, CatalogEntry>(StringComparer.Ordinal);
        foreach (var (pool, configuration) in news)
        {
            var brought = StoredConfiguration.Of(configuration);
            entries[pool] = new CatalogEntry
            {
                Configuration = brought,
                Configured = brought,
                Version = await NextVersionAsync(pool),
                Changes = Pools.GetValueOrDefault(pool)?.Changes ?? [],
            };
        }

        var before = Pools;
        var order = await ChangeAsync(entries.Keys, all =>
        {
            foreach (var (pool, entry) in entries)
                all[pool] = entry;
        });
        foreach (var (pool, entry) in entries)
            log.Set(pool, before.GetValueOrDefault(pool), entry.Configuration, by);
        await FollowOrLeaveAsync(order);
        return [];
    }

    /// <inheritdoc cref="IPoolCatalogGrain.RestoreAsync"/>
    public async Task<IReadOnlyList<string>> RestoreAsync(Dictionary<string, PoolConfiguration> pools, RegisteredNames namesOfSilo)
    {
        var present = await LoadRecordAsync();
        if (HasLost(present))
            await WriteAsync(static _ => { });
        else if (present.Tag != stored.Tag)
        {
            leave(); // another activation has changed it; the next one reads that
            return [];
        }

        await FollowOrLeaveAsync([.. Pools.Where(pool => !pool.Value.Followed).Select(pool => pool.Key)]);

        var unknown = pools.Where(pool => !Pools.ContainsKey(pool.Key)).ToDictionary(pool => pool.Key, pool => pool.Value);
        if (unknown.Count == 0)
            return [];
        log.Restored(string.Join(", ", unknown.Keys));
        return await ConfigureAsync(unknown, namesOfSilo, silo: null);
    }

    private Task<Stored<CatalogState>> LoadRecordAsync() => storage.LoadAsync<CatalogState>(CatalogState.RecordName, id);

    /// <summary>Whether this change was already made, and only its reply was lost.</summary>
    private bool IsMade(string pool, Guid change) => Pools.GetValueOrDefault(pool)?.Changes.Contains(change) == true;

    private Guid[] ChangesWith(string pool, Guid change)
        => [.. (Pools.GetValueOrDefault(pool)?.Changes ?? []).TakeLast(Tuning.Silos.MaxChanges - 1), change];

    /// <summary>
    /// The next version of a pool. If the catalog's record was lost or deleted, the pool's own record may still exist; its version is then
    /// continued.
    /// </summary>
    private async Task<long> NextVersionAsync(string pool)
        => (Pools.GetValueOrDefault(pool)?.Version ?? await versionOf(pool)) + 1;

    private CatalogEntry? Find(string pool) => Pools.GetValueOrDefault(pool) is { Removed: false } entry ? entry : null;

    /// <summary>Changes pools. The pools that keep something else for them from then on get a new version too.</summary>
    /// <returns>All pools that must follow, in this order: the pools that keep more learn that before the change takes effect.</returns>
    private async Task<string[]> ChangeAsync(IReadOnlyCollection<string> pools, Action<Dictionary<string, CatalogEntry>> change)
    {
        string[] order = [];
        await WriteAsync(all =>
        {
            var before = new CatalogState { Pools = all }.ToOptions();
            change(all);
            var (first, last) = PoolGuarantees.Affected(before, new CatalogState { Pools = all }.ToOptions(), pools);
            foreach (var pool in first.Concat(last))
                all[pool] = all[pool] with { Version = all[pool].Version + 1, Followed = false };
            order = [.. first, .. pools, .. last];
        });
        return order;
    }

    /// <exception cref="InconsistentStateException">Another activation of the catalog has written; this one deactivates.</exception>
    private async Task WriteAsync(Action<Dictionary<string, CatalogEntry>> change)
    {
        try
        {
            if (await TryWriteAsync(stored, change))
                return;
            var present = await LoadRecordAsync();
            if (!HasLost(present) || !await TryWriteAsync(TakeBack(present), change))
                throw new InconsistentStateException("Another activation of the pools' catalog has changed it.");
        }
        catch
        {
            leave(); // this activation does not know what is stored now
            throw;
        }
    }

    private async Task<bool> TryWriteAsync(Stored<CatalogState> on, Action<Dictionary<string, CatalogEntry>> change)
    {
        var pools = new Dictionary<string, CatalogEntry>(on.Value.Pools, StringComparer.Ordinal);
        change(pools);
        var next = new CatalogState { Pools = pools, Revision = on.Value.Revision + 1 };
        if (await storage.TrySaveAsync(CatalogState.RecordName, id, next, on.Tag) is not { } tag)
            return false;
        stored = new Stored<CatalogState>(next, tag, Exists: true);
        return true;
    }

    /// <summary>
    /// Whether storage has lost what this activation has written or read. Another activation can only increase the revision.
    /// </summary>
    private bool HasLost(Stored<CatalogState> present)
        => stored.Exists && (!present.Exists || present.Value.Revision < stored.Value.Revision);

    /// <summary>
    /// The pools that this activation knows, to replace what is left in storage. The pools' own records may be lost as well, so all of them
    /// are written again.
    /// </summary>
    private Stored<CatalogState> TakeBack(Stored<CatalogState> present)
    {
        log.StorageLost(Pools.Count);
        var pools = Pools.ToDictionary(pool => pool.Key, pool => pool.Value with { Followed = false }, StringComparer.Ordinal);
        return present with { Value = new CatalogState { Pools = pools, Revision = stored.Value.Revision } };
    }

    private async Task FollowOrLeaveAsync(string[] pools)
    {
        try
        {
            await FollowAsync(pools);
        }
        catch
        {
            leave(); // the next activation does the rest
            throw;
        }
    }

    private async Task FollowAsync(string[] pools)
    {
        if (pools.Length == 0)
            return;
        var guarantees = PoolGuarantees.Of(stored.Value.ToOptions());
        foreach (var pool in pools)
            await follow(pool, stored.Value.ConfigurationOf(pool, guarantees), Pools[pool].Removed);
        await WriteAsync(all =>
        {
            foreach (var pool in pools)
                all[pool] = all[pool] with { Followed = true };
        });
    }
}
