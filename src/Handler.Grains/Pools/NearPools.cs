using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary>
/// The pools whose activations are on this silo. They share their turns with each other and with the silo's node, so that a job that is admitted by them takes
/// one short turn and no message; see docs/decisions/0010-near-pools.md.
/// </summary>
internal sealed class NearPools
{
    private readonly Dictionary<string, PoolActivation> pools = new(StringComparer.Ordinal);
    private bool isDead;

    public TurnContext Turns { get; } = new();

    /// <summary>The pool, if it is here and no other activation has taken over. Within a turn only.</summary>
    public PoolActivation? Find(string pool) => !isDead && pools.TryGetValue(pool, out var activation) && !activation.IsSuperseded ? activation : null;

    public void Add(PoolActivation activation)
    {
        using (Turns.Enter())
            pools[activation.Name] = activation;
    }

    public void Remove(PoolActivation activation)
    {
        using (Turns.Enter())
        {
            if (pools.GetValueOrDefault(activation.Name) == activation)
                pools.Remove(activation.Name);
        }
    }

    /// <summary>Tells every pool on this silo that a node is dead. Where it is this silo's, which is about to end, nothing is called directly any more: the pools refuse what it asks by message.</summary>
    public void NodeDied(NodeId node, bool isSelf)
    {
        using (Turns.Enter())
        {
            isDead |= isSelf;
            foreach (var pool in pools.Values)
                pool.NodeDied(node);
        }
    }
}
