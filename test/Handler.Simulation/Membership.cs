using Handler.Pools;

namespace Handler.Simulation;

/// <summary>Which nodes are alive, by verdict: true at the moment of asking, and final.</summary>
internal sealed class Membership(Network network)
{
    private readonly List<NodeId> _live = [];

    public SimProcess Process { get; } = network.Carrier;

    public void Join(NodeId node) => _live.Add(node);

    public bool Declare(NodeId dead) => _live.Remove(dead);

    public bool IsLive(NodeId node) => _live.Contains(node);

    public IReadOnlyList<NodeId> Live => _live;
}

/// <summary>Where epochs and configurations are kept. Writes fail before or after they were applied, and take long.</summary>
internal sealed class SimStore(World world, Network network)
{
    private readonly Dictionary<string, (PoolRecord Record, int Tag, bool IsRemoved)> _records = [];

    public PoolRecord this[string pool] => _records[pool].Record;

    public bool Exists(string pool) => _records.TryGetValue(pool, out var stored) && !stored.IsRemoved;

    /// <summary>Makes sure that there is a record of the pool. One that was removed goes on with its old epoch.</summary>
    public void Create(string pool, PoolConfiguration configuration)
    {
        if (Exists(pool))
            return;
        var (removed, tag, _) = _records.GetValueOrDefault(pool);
        _records[pool] = (new PoolRecord(configuration, removed?.Epoch ?? 0), tag + 1, false);
    }

    public Task CreateAsync(SimProcess from, string pool, PoolConfiguration configuration) => UpdateAsync(from, pool, toExist: true, () => Create(pool, configuration));

    public Task RemoveAsync(SimProcess from, string pool)
        => UpdateAsync(from, pool, toExist: false, () => _records[pool] = (_records[pool].Record, _records[pool].Tag + 1, true));

    // Read, then written if nobody wrote since: a message that comes twice writes once.
    private async Task UpdateAsync(SimProcess from, string pool, bool toExist, Action update)
    {
        while (true)
        {
            var (exists, tag) = await CallAsync(from, $"look for {pool}", () => (Exists(pool), _records[pool].Tag));
            if (exists == toExist || await CallAsync(from, $"{(toExist ? "create" : "remove")} {pool} tag {tag}", () => TryUpdate(pool, tag, update)))
                return;
        }
    }

    private bool TryUpdate(string pool, int tag, Action update)
    {
        if (_records[pool].Tag != tag)
            return false;
        update();
        return true;
    }

    public IPoolStore For(SimProcess process) => new Client(this, process);

    private sealed class Client(SimStore store, SimProcess process) : IPoolStore
    {
        public ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool) => new(store.CallAsync<(PoolRecord, string)?>(process, $"read {pool}", () =>
            store.Exists(pool) ? (store[pool], store._records[pool].Tag.ToString()) : null));

        public ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag) => new(store.CallAsync(process, $"write {pool} epoch {record.Epoch} tag {tag}", () =>
        {
            var stored = store._records[pool];
            if (stored.Tag.ToString() != tag)
                return null;
            store._records[pool] = (record, stored.Tag + 1, false);
            return (stored.Tag + 1).ToString();
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
