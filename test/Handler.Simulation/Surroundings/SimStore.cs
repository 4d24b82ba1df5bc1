using Handler.Pools;

namespace Handler.Simulation;

/// <summary>Stores epochs and configurations. Writes fail before or after they were applied, and take long.</summary>
internal sealed class SimStore(World world, Network network)
{
    private readonly Dictionary<string, (PoolRecord Record, int Tag)> records = [];

    public PoolRecord this[string pool] => records[pool].Record;

    public bool Exists(string pool) => records.TryGetValue(pool, out var stored) && !stored.Record.Removed;

    /// <summary>Adds a pool that exists from the beginning.</summary>
    public void Create(string pool, PoolConfiguration configuration)
        => records.Add(pool, (PoolRecord.Following(null, configuration, removed: false)!, 1));

    /// <summary>
    /// Makes the pool's record follow the catalog. The record is read, then written if there was no other write since, so a message that
    /// comes twice writes once.
    /// </summary>
    public async Task FollowAsync(SimProcess from, string pool, PoolConfiguration configuration, bool removed)
    {
        while (true)
        {
            var (stored, tag) = await CallAsync(from, $"look for {pool}", () => records[pool]);
            if (PoolRecord.Following(stored, configuration, removed) is not { } next
                || await CallAsync(from, $"{(removed ? "remove" : "create")} {pool} tag {tag}", () => TryWrite(pool, next, tag)))
                return;
        }
    }

    private bool TryWrite(string pool, PoolRecord record, int tag)
    {
        if (records[pool].Tag != tag)
            return false;
        records[pool] = (record, tag + 1);
        return true;
    }

    public IPoolStore For(SimProcess process) => new Client(this, process);

    private sealed class Client(SimStore store, SimProcess process) : IPoolStore
    {
        public ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool)
            => new(
                store.CallAsync<(PoolRecord, string)?>(process, $"read {pool}", () =>
                    store.Exists(pool) ? (store[pool], store.records[pool].Tag.ToString()) : null));

        public ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag)
            => new(store.CallAsync(process, $"write {pool} epoch {record.Epoch} tag {tag}", () =>
                {
                    var known = store.records[pool].Tag;
                    return known.ToString() == tag && store.TryWrite(pool, record, known) ? (known + 1).ToString() : null;
                }));
    }

    private Task<T> CallAsync<T>(SimProcess from, FormattableString what, Func<T> apply)
        => network.CallAsync(from, () => new Recipient<T>(network.Carrier.Name, network.Carrier, () =>
        {
            if (world.Chance(network.Faults.StoreFailure / 2))
                throw new IOException("The store failed before.");
            var value = apply();
            if (world.Chance(network.Faults.StoreFailure / 2))
                throw new IOException("The store failed after.");
            return ValueTask.FromResult(value);
        }), null, what);
}
