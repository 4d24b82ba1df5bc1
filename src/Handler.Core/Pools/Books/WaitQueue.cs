using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// The jobs that wait for room in a pool. The children of the pool are served fairly, see <see cref="FairTree{TQueue}"/>; the jobs of one
/// child are served in order. If the first job of a child is too large for the free memory, children that come after it may overtake it
/// <see cref="Tuning.Pools.MaxOvertakes"/> times. Then the room is kept for that child.
/// </summary>
/// <param name="tree">What the children of the pool use.</param>
internal sealed class WaitQueue(FairTree<WaiterLevels> tree) : IReadOnlyWaitQueue
{
    private readonly List<WaiterLevels> passed = [];
    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal); // by child

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public Waiter? First => tree.First?.Queue!.First;

    public void Add(Waiter waiter)
    {
        var leaf = tree.Find(waiter.Request.From);
        leaf.Queue!.Add(waiter);
        waiter.Leaf = leaf;
        tree.StartWaiting(leaf);
        Count++;
        counts[ChildOf(waiter.Request.From)] = CountOf(waiter.Request.From) + 1;
    }

    /// <summary>Removes a waiter from any position; does nothing if it is not in the queue.</summary>
    public void Remove(Waiter waiter)
    {
        if (waiter.Leaf is not { } leaf)
            return;
        leaf.Queue!.Remove(waiter);
        waiter.Leaf = null;
        if (leaf.Queue.IsEmpty)
            FairTree<WaiterLevels>.StopWaiting(leaf);
        Count--;
        var left = CountOf(waiter.Request.From) - 1;
        if (left == 0)
            counts.Remove(ChildOf(waiter.Request.From));
        else
            counts[ChildOf(waiter.Request.From)] = left;
    }

    /// <inheritdoc/>
    public int CountOf(PoolPath? from) => counts.GetValueOrDefault(ChildOf(from));

    /// <inheritdoc/>
    public Waiter? Next(IReadOnlyPoolLedger ledger)
    {
        passed.Clear();
        if (First is not { } first || Check(ledger, first) is var result && result == HoldResult.NoWorkers)
            return null;
        return result == HoldResult.Held ? first : NextThatFits(ledger);
    }

    /// <summary>
    /// Records that a job of this child got the room for which <see cref="Next"/> has chosen it. The children that it overtakes remember
    /// that.
    /// </summary>
    public void Served(Branch<WaiterLevels> leaf, long bytes)
    {
        passed.ForEach(static child => child.Overtaken++);
        leaf.Queue!.Overtaken = 0;
        tree.Serve(leaf, bytes);
    }

    /// <summary>Whether a request that does not wait may take the free room, ahead of the jobs that wait.</summary>
    public bool TryPass(in AcquireRequest request, IReadOnlyPoolLedger ledger)
    {
        var arrival = new Arrival(request);
        Add(arrival);
        var leaf = arrival.Leaf!;
        var isNext = Next(ledger) == arrival;
        Remove(arrival);
        if (isNext)
            Served(leaf, request.Bytes);
        return isNext;
    }

    /// <inheritdoc/>
    public List<Waiter> Where(Func<Waiter, bool> condition) => [.. tree.AllWaiting().SelectMany(leaf => leaf.Queue!.All).Where(condition)];

    /// <summary>The child of the pool through which a job came; an empty name for direct callers.</summary>
    private static string ChildOf(PoolPath? from) => from?.Pool ?? "";

    private Waiter? NextThatFits(IReadOnlyPoolLedger ledger)
    {
        foreach (var leaf in tree.InOrder(Tuning.Pools.MaxHeadsChecked))
        {
            var child = leaf.Queue!;
            if (Check(ledger, child.First!) == HoldResult.Held)
                return child.First;
            if (child.Overtaken >= Tuning.Pools.MaxOvertakes)
                return null;
            passed.Add(child);
        }

        return null;
    }

    private static HoldResult Check(IReadOnlyPoolLedger ledger, Waiter waiter)
        => ledger.Limits.EverFits(waiter.Request.Bytes) ? ledger.Check(waiter.Request.Bytes) : HoldResult.Held;

    /// <summary>A request that takes room in this turn or not at all.</summary>
    private sealed class Arrival(in AcquireRequest request) : Waiter(request, 0)
    {
        public override bool TryEndWaiting(bool hasShare) => true;
    }
}
