using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary>
/// The pools whose activations are on this silo. They share their turns with each other and with the silo's node, so that a job that is admitted by them takes
/// one short turn and no message; see docs/decisions/0010-near-pools.md.
/// </summary>
internal sealed class ColocatedPools
{
    private static readonly TimeSpan SettleTimeout = PoolTimings.Default.CallTimeout;
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(10);

    private readonly Dictionary<string, Entry> pools = new(StringComparer.Ordinal);
    private bool isDead;
    private volatile bool isLeaving;
    private bool hasLeft;

    public TurnContext Turns { get; } = new();

    /// <summary>Whether the silo is about to leave: no more pools are to come up here.</summary>
    public bool IsLeaving => isLeaving;

    /// <summary>The pool, if it is here and no other activation has taken over. Within a turn only.</summary>
    public PoolActivation? Find(string pool) => !isDead && pools.TryGetValue(pool, out var entry) && !entry.Pool.IsSuperseded ? entry.Pool : null;

    /// <summary>A pool has come up here.</summary>
    /// <param name="activation">The pool.</param>
    /// <param name="deactivate">Has its grain go.</param>
    public void Add(PoolActivation activation, Action deactivate)
    {
        bool isLate;
        using (Turns.Enter())
        {
            pools[activation.Name] = new Entry(activation, deactivate);
            isLate = hasLeft;
            if (isLate)
                activation.Leave();
        }

        if (isLate)
            deactivate();
    }

    public void Remove(PoolActivation activation)
    {
        using (Turns.Enter())
        {
            if (pools.GetValueOrDefault(activation.Name)?.Pool == activation)
                pools.Remove(activation.Name);
        }
    }

    /// <summary>Tells every pool on this silo that a node is dead. Where it is this silo's, which is about to end, nothing is called directly any more: the pools refuse what it asks by message.</summary>
    public void NodeDied(NodeId node, bool isSelf)
    {
        using (Turns.Enter())
        {
            isDead |= isSelf;
            foreach (var entry in pools.Values)
                entry.Pool.NodeDied(node);
        }
    }

    /// <summary>
    /// The silo is about to leave, and others stay: its pools move there. Those that could not begin there, because their records cannot be read, stay here for now. Safe to
    /// be called again, for these and for those that have come up since.
    /// </summary>
    public async Task MoveAsync()
    {
        isLeaving = true;
        var movable = await Task.WhenAll(All().Select(async entry => (entry, CanMove: await InTurn(entry.Pool.CanBeTakenOverAsync).ConfigureAwait(false)))).ConfigureAwait(false);
        await LeaveAsync([.. movable.Where(each => each.CanMove).Select(each => each.entry)]).ConfigureAwait(false);
    }

    /// <summary>The silo leaves: so do all its pools, whatever becomes of them, and none that comes up here from now on stays.</summary>
    public async Task LeaveAsync()
    {
        isLeaving = true;
        using (Turns.Enter())
            hasLeft = true;
        await LeaveAsync(All()).ConfigureAwait(false);
    }

    /// <summary>All in one turn, so that none of them asks another one in vain.</summary>
    private async Task LeaveAsync(IReadOnlyCollection<Entry> leaving)
    {
        using (Turns.Enter())
        {
            foreach (var entry in leaving)
                entry.Pool.Leave();
        }

        await Task.WhenAll(leaving.Select(LeaveAsync)).ConfigureAwait(false);
    }

    private async Task LeaveAsync(Entry entry)
    {
        await SettleAsync(entry.Pool).ConfigureAwait(false);
        entry.Deactivate();
    }

    /// <summary>A pool that leaves first returns what it has asked its parents for. Where that takes too long the parents find out by themselves.</summary>
    public async Task SettleAsync(PoolActivation leaving)
    {
        for (var left = SettleTimeout; left > TimeSpan.Zero && InTurn(() => leaving.Unsettled > 0); left -= LookAgainAfter)
            await Task.Delay(LookAgainAfter).ConfigureAwait(false);
    }

    private IReadOnlyCollection<Entry> All() => InTurn<IReadOnlyCollection<Entry>>(() => [.. pools.Values]);

    private T InTurn<T>(Func<T> call)
    {
        using (Turns.Enter())
            return call();
    }

    private sealed record Entry(PoolActivation Pool, Action Deactivate);
}
