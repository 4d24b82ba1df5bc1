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
    private readonly Dictionary<string, (PoolRecord Record, int Tag)> _records = [];

    public PoolRecord this[string pool] => _records[pool].Record;

    public void Create(string pool, PoolConfiguration configuration) => _records.Add(pool, (new PoolRecord(configuration, 0), 0));

    public IPoolStore For(SimProcess process) => new Client(this, process);

    private sealed class Client(SimStore store, SimProcess process) : IPoolStore
    {
        public ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool) => new(store.CallAsync<(PoolRecord, string)?>(process, $"read {pool}", () =>
            store._records.TryGetValue(pool, out var found) ? (found.Record, found.Tag.ToString()) : null));

        public ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag) => new(store.CallAsync(process, $"write {pool} epoch {record.Epoch} tag {tag}", () =>
        {
            var stored = store._records[pool];
            if (stored.Tag.ToString() != tag)
                return null;
            store._records[pool] = (record, stored.Tag + 1);
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
