using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary>
/// The pools whose activations are on this silo. They share one turn lock with each other and with the silo's node, so that the admission
/// of a job by them takes one short turn and no message; see docs/decisions/0010-colocated-pools.md.
/// </summary>
internal sealed class ColocatedPools(TimeProvider time)
{
    private readonly Dictionary<string, Entry> pools = new(StringComparer.Ordinal);
    private bool isDead;
    private volatile bool isLeaving;
    private bool hasLeft;

    public TurnContext Turns { get; } = new();

    /// <summary>Whether the silo is about to leave. New pools then start elsewhere.</summary>
    public bool IsLeaving => isLeaving;

    /// <summary>The pool, if its activation is on this silo and no other activation has superseded it. Call only within a turn.</summary>
    public PoolActivation? Find(string pool)
        => !isDead && pools.TryGetValue(pool, out var entry) && !entry.Pool.IsSuperseded ? entry.Pool : null;

    /// <summary>Adds a pool that has started on this silo.</summary>
    /// <param name="activation">The pool.</param>
    /// <param name="deactivate">Deactivates its grain.</param>
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

    /// <summary>
    /// Tells every pool on this silo that a node is dead. If it is this silo's own node, the process is about to exit: pools are no longer
    /// called directly, and they reject the node's messages.
    /// </summary>
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
    /// Moves the pools to other silos, because this one is about to leave. Pools that could not start there, because their records cannot
    /// be read, stay here for now. May be called again, for these and for pools that have started here since.
    /// </summary>
    public async Task MoveAsync()
    {
        isLeaving = true;
        var movable = await Task.WhenAll(
                All().Select(async entry => (entry, CanMove: await InTurn(entry.Pool.CanBeTakenOverAsync).ConfigureAwait(false))))
            .ConfigureAwait(false);
        await LeaveAsync([.. movable.Where(each => each.CanMove).Select(each => each.entry)]).ConfigureAwait(false);
    }

    /// <summary>The silo leaves: all its pools leave unconditionally, and pools that start here from now on leave immediately.</summary>
    public async Task LeaveAsync()
    {
        isLeaving = true;
        using (Turns.Enter())
            hasLeft = true;
        await LeaveAsync(All()).ConfigureAwait(false);
    }

    /// <summary>All in one turn, so that none of them makes a request to another one that has left.</summary>
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

    /// <summary>
    /// Waits until a leaving pool has returned the shares that it requested from its parents. If that takes too long, the parents find out
    /// by themselves.
    /// </summary>
    public async Task SettleAsync(PoolActivation leaving)
    {
        var interval = Tuning.Silos.SettleInterval;
        for (var left = PoolTimings.Default.CallTimeout; left > TimeSpan.Zero && InTurn(() => leaving.Unsettled > 0); left -= interval)
            await Task.Delay(interval, time).ConfigureAwait(false);
    }

    private IReadOnlyCollection<Entry> All() => InTurn<IReadOnlyCollection<Entry>>(() => [.. pools.Values]);

    private T InTurn<T>(Func<T> call)
    {
        using (Turns.Enter())
            return call();
    }

    private sealed record Entry(PoolActivation Pool, Action Deactivate);
}
