using Handler.Pools;
using Orleans.Runtime;

namespace Handler.Grains.Pools;

/// <summary>A pool's record in grain storage.</summary>
[GenerateSerializer]
[Alias("handler.PoolState")]
internal sealed class PoolState
{
    [Id(0)]
    public long Epoch { get; set; }

    /// <summary>Whether the pool was removed. Its epoch stays, so that one of the same name goes on with it.</summary>
    [Id(1)]
    public bool Removed { get; set; }

    [Id(2)]
    public StoredConfiguration Configuration { get; set; } = new();
}

/// <summary>
/// The pools' records in grain storage, which checks tags. It is read and written from outside of the pool's grain as well, by nodes
/// and by the catalog, so it does not go through the grain's own state.
/// </summary>
internal sealed class GrainPoolStore(HandlerStorage storage, IGrainFactory grains) : IPoolStore
{
    private const string StateName = "handler-pool";

    public async ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool)
    {
        var stored = await LoadAsync(pool);
        return Exists(stored) ? (new PoolRecord(stored.Value.Configuration.ToConfiguration(), stored.Value.Epoch), stored.Tag!) : null;
    }

    public async ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag)
        => await SaveAsync(pool, new PoolState { Configuration = StoredConfiguration.Of(record.Configuration), Epoch = record.Epoch }, tag);

    /// <summary>Makes sure that there is a record of the pool. One that was removed goes on with its old epoch.</summary>
    public async Task CreateAsync(string pool, PoolConfiguration configuration)
    {
        string? saved;
        do
        {
            var stored = await LoadAsync(pool);
            if (Exists(stored))
                return;
            saved = await SaveAsync(pool, new PoolState { Configuration = StoredConfiguration.Of(configuration), Epoch = stored.Value.Epoch }, stored.Tag);
        }
        while (saved is null);
    }

    /// <summary>Marks the pool as removed.</summary>
    public async Task RemoveAsync(string pool)
    {
        string? saved;
        do
        {
            var stored = await LoadAsync(pool);
            if (!Exists(stored))
                return;
            stored.Value.Removed = true;
            saved = await SaveAsync(pool, stored.Value, stored.Tag);
        }
        while (saved is null);
    }

    private static bool Exists(Stored<PoolState> stored) => stored is { Exists: true, Value.Removed: false };

    // Not within the turn of whoever asks: what a storage provider does before its first await would hold up all pools of the silo.
    private Task<Stored<PoolState>> LoadAsync(string pool) => Task.Run(() => storage.LoadAsync<PoolState>(StateName, IdOf(pool)));

    private Task<string?> SaveAsync(string pool, PoolState state, string? tag) => Task.Run(() => storage.TrySaveAsync(StateName, IdOf(pool), state, tag));

    private GrainId IdOf(string pool) => grains.GetGrain<IPoolGrain>(pool).GetGrainId();
}
