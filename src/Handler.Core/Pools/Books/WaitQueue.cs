using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// The jobs that wait for room in a pool. The children of the pool are served fairly, see <see cref="FairTree{TQueue}"/>; the jobs of one
/// child are served in order. If the first job of a child is too large for the free memory, jobs of other children may use that memory. A
/// job whose child then uses more than the waiting one overtakes it. A child that was overtaken <see cref="Tuning.Pools.MaxOvertakes"/>
/// times is due: no job overtakes it any more, and it is served as soon as its first job fits.
/// </summary>
/// <param name="tree">What the children of the pool use.</param>
internal sealed class WaitQueue(FairTree<WaiterLevels> tree) : IReadOnlyWaitQueue
{
    private readonly List<Branch<WaiterLevels>> passed = [];
    private readonly List<Branch<WaiterLevels>> due = []; // the first one has been due for the longest time
    private readonly WaitingSizes sizes = new();
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
        sizes.Add(waiter.Request.Bytes);
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
        sizes.Remove(waiter.Request.Bytes);
        if (leaf.Queue.IsEmpty)
        {
            FairTree<WaiterLevels>.StopWaiting(leaf);
            due.Remove(leaf);
        }

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
        if (First is not { } first || Check(ledger, first) == HoldResult.NoWorkers)
            return null;
        return due.Count == 0 && ledger.Check(sizes.Largest) == HoldResult.Held ? first : Choose(ledger)?.Queue!.First;
    }

    /// <summary>
    /// Records that a job of this child got the room for which <see cref="Next"/> has chosen it. The children that it overtakes remember
    /// that.
    /// </summary>
    public void Served(Branch<WaiterLevels> leaf, long bytes)
    {
        foreach (var other in passed)
        {
            if (++other.Queue!.Overtaken == Tuning.Pools.MaxOvertakes)
                due.Add(other);
        }

        leaf.Queue!.Overtaken = 0;
        due.Remove(leaf);
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

    /// <summary>
    /// The waiting job for which the free room is kept from a request: one of the same child, or the first one of a child that is due.
    /// <see langword="null"/> if no job waits.
    /// </summary>
    public Waiter? KeptFor(in AcquireRequest request, IReadOnlyPoolLedger ledger)
    {
        var leaf = tree.Find(request.From);
        var ahead = leaf.Queue!.First is { } first && first.Request.Priority >= request.Priority ? first : null;
        if (ahead is not null && Check(ledger, ahead) != HoldResult.Held)
            return ahead;
        var bytes = ahead?.Request.Bytes ?? request.Bytes;
        var blocked = due.Find(other => !Fits(ledger, other) && tree.UsesMoreWith(leaf, bytes, other));
        return (blocked ?? due.FirstOrDefault())?.Queue!.First ?? First;
    }

    /// <inheritdoc/>
    public List<Waiter> Where(Func<Waiter, bool> condition) => [.. tree.AllWaiting().SelectMany(leaf => leaf.Queue!.All).Where(condition)];

    /// <summary>The child of the pool through which a job came; an empty name for direct callers.</summary>
    private static string ChildOf(PoolPath? from) => from?.Pool ?? "";

    /// <summary>The child that is served next, when some are due or the first jobs of some may be too large.</summary>
    private Branch<WaiterLevels>? Choose(IReadOnlyPoolLedger ledger)
    {
        var next = NextDue(ledger);
        foreach (var leaf in tree.InOrder(Tuning.Pools.MaxHeadsChecked))
        {
            if (!Fits(ledger, leaf))
                passed.Add(leaf);
            else if (next is null && !OvertakesDue(leaf, due.Count))
                next = leaf;
        }

        passed.RemoveAll(leaf => next is null || !Overtakes(next, leaf));
        return next;
    }

    /// <summary>Of the children that are due, the first one that fits and overtakes none that has been due for longer.</summary>
    private Branch<WaiterLevels>? NextDue(IReadOnlyPoolLedger ledger)
    {
        for (var i = 0; i < due.Count; i++)
        {
            if (Fits(ledger, due[i]) && !OvertakesDue(due[i], i))
                return due[i];
        }

        return null;
    }

    /// <summary>Whether a child would overtake one of those that have been due for the longest time.</summary>
    private bool OvertakesDue(Branch<WaiterLevels> leaf, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (Overtakes(leaf, due[i]))
                return true;
        }

        return false;
    }

    private bool Overtakes(Branch<WaiterLevels> leaf, Branch<WaiterLevels> other)
        => tree.UsesMoreWith(leaf, leaf.Queue!.First!.Request.Bytes, other);

    private static bool Fits(IReadOnlyPoolLedger ledger, Branch<WaiterLevels> leaf)
        => Check(ledger, leaf.Queue!.First!) == HoldResult.Held;

    private static HoldResult Check(IReadOnlyPoolLedger ledger, Waiter waiter)
        => ledger.Limits.EverFits(waiter.Request.Bytes) ? ledger.Check(waiter.Request.Bytes) : HoldResult.Held;

    /// <summary>A request that takes room in this turn or not at all.</summary>
    private sealed class Arrival(in AcquireRequest request) : Waiter(request, 0)
    {
        public override bool TryEndWaiting(bool hasShare) => true;
    }
}
