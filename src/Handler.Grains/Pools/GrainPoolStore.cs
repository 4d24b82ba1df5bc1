using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary>
/// The pools' records in grain storage, which checks tags. Nodes and the catalog read and write records too, from outside of the pool's
/// grain, so the records are not the grain's Orleans state.
/// </summary>
internal sealed class GrainPoolStore(HandlerStorage storage, IGrainFactory grains) : IPoolStore
{
    private const string StateName = "handler-pool";

    public async ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool)
    {
        var (record, tag) = await LoadAsync(pool);
        return record is { Removed: false } ? (record, tag!) : null;
    }

    public async ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag) => await SaveAsync(pool, record, tag);

    /// <summary>Updates the pool's record to what the catalog says; see <see cref="PoolRecord.Following"/>.</summary>
    public async Task FollowAsync(string pool, PoolConfiguration configuration, bool removed)
    {
        while (true)
        {
            var (stored, tag) = await LoadAsync(pool);
            if (PoolRecord.Following(stored, configuration, removed) is not { } next || await SaveAsync(pool, next, tag) is not null)
                return;
        }
    }

    /// <summary>The version of the last change that a pool's record has followed; 0 if there is none.</summary>
    public async Task<long> VersionAsync(string pool) => (await LoadAsync(pool)).Record?.Configuration.Version ?? 0;

    /// <summary>What the stored catalog says of a pool; <see langword="null"/> if it has no such pool.</summary>
    public Task<(PoolConfiguration Configuration, bool Removed)?> InCatalogAsync(string pool) => Task.Run(async () =>
    {
        var stored = await storage.LoadAsync<CatalogState>(CatalogState.RecordName, grains.GetGrain<IPoolCatalogGrain>(0).GetGrainId());
        var catalog = stored.Value;
        return catalog.Pools.TryGetValue(pool, out var entry)
            ? (catalog.ConfigurationOf(pool, PoolGuarantees.Of(catalog.ToOptions())), entry.Removed)
            : ((PoolConfiguration, bool)?)null;
    });

    // Not within the caller's turn: what a storage provider does before its first await would delay all pools of the silo.
    private Task<(PoolRecord? Record, string? Tag)> LoadAsync(string pool) => Task.Run(async () =>
    {
        var stored = await storage.LoadAsync<StoredPool>(StateName, IdOf(pool));
        return (stored.Exists ? stored.Value.ToRecord() : null, stored.Tag);
    });

    private Task<string?> SaveAsync(string pool, PoolRecord record, string? tag)
        => Task.Run(() => storage.TrySaveAsync(StateName, IdOf(pool), StoredPool.Of(record), tag));

    private GrainId IdOf(string pool) => grains.GetGrain<IPoolGrain>(pool).GetGrainId();
}
