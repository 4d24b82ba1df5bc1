using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// The jobs that wait for room in a pool. The children of the pool are served fairly, see <see cref="FairTree{TQueue}"/>; the jobs of one
/// child are served in order. If the first job of a child is too large for the free memory, jobs of other children may use that memory. A
/// job whose child then uses more than the waiting one overtakes it. A child that was overtaken <see cref="Tuning.Pools.MaxOvertakes"/>
/// times is due: no job overtakes it any more, and it is served as soon as its first job fits. A job that its child is guaranteed takes
/// nothing from other children, so it is outside of that order.
/// </summary>
/// <param name="tree">What the children of the pool use.</param>
internal sealed class WaitQueue(FairTree<WaiterLevels> tree) : IReadOnlyWaitQueue
{
    private readonly List<Branch<WaiterLevels>> passed = [];
    private readonly List<Branch<WaiterLevels>> due = []; // the first one has been due for the longest time
    private readonly WaitingSizes sizes = new();
    private GuaranteedTurns? guaranteed;
    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal); // by child

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public Waiter? First => tree.First?.Queue!.First;

    /// <summary>Sets what is kept for pools below this one; <see langword="null"/> if none is guaranteed anything.</summary>
    public void Keep(KeptRoom? kept)
    {
        guaranteed = kept is null ? null : new GuaranteedTurns(tree, kept);
        foreach (var waiter in Where(static _ => true))
            guaranteed?.Kept.StartWaiting(waiter.Request.From);
    }

    public void Add(Waiter waiter)
    {
        var leaf = tree.Find(waiter.Request.From);
        leaf.Queue!.Add(waiter);
        waiter.Leaf = leaf;
        tree.StartWaiting(leaf);
        sizes.Add(waiter.Request.Bytes);
        Count++;
        counts[ChildOf(waiter.Request.From)] = CountOf(waiter.Request.From) + 1;
        guaranteed?.Kept.StartWaiting(waiter.Request.From);
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

        guaranteed?.Kept.StopWaiting(waiter.Request.From);
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
        if (guaranteed is not null)
            return NextWithGuarantees(ledger, guaranteed)?.Queue!.First;
        return due.Count == 0 && ledger.Check(null, sizes.Largest) == HoldResult.Held ? first : Choose(ledger, tree.Root)?.Queue!.First;
    }

    /// <summary>
    /// The job that gets the room of one of the same child, because it follows on the same worker; <see langword="null"/> if there is none,
    /// or if the room goes to a child that is guaranteed it, or is kept for one that is due.
    /// </summary>
    public Waiter? NextInTurn(IReadOnlyPoolLedger ledger, in ReleasedShare freed)
    {
        var leaf = freed.Leaf;
        if (leaf.Queue!.First is not { } first || first.Request.Node != freed.Node || !Fits(ledger, leaf))
            return null;
        if (guaranteed?.NextWholly(place => Choose(ledger, place)) is not null
            || NextDue(ledger, tree.Root) is not null
            || OvertakesDue(leaf, due.Count, tree.Root))
            return null;
        passed.Clear();
        passed.AddRange(tree.InOrder(Tuning.Pools.MaxHeadsChecked).Where(other => IsTooLarge(ledger, other)).ToList());
        passed.RemoveAll(other => !Overtakes(leaf, other));
        return first;
    }

    /// <summary>
    /// Records that a job of this child got the room for which <see cref="Next"/> or <see cref="NextInTurn"/> has chosen it. The children
    /// that it overtakes remember that. A turn counts once, however many jobs follow on the same worker.
    /// </summary>
    public void Served(Branch<WaiterLevels> leaf, long bytes, bool isInTurn = false)
    {
        foreach (var other in passed)
        {
            if (++other.Queue!.Overtaken == Tuning.Pools.MaxOvertakes)
                due.Add(other);
        }

        leaf.Queue!.Overtaken = 0;
        due.Remove(leaf);
        if (!isInTurn)
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

    /// <summary>
    /// A job that its child is wholly guaranteed is served before all others, because that takes nothing from them. A job that is
    /// guaranteed a worker or its memory, but not both, is served when no other child can have what is free.
    /// </summary>
    private Branch<WaiterLevels>? NextWithGuarantees(IReadOnlyPoolLedger ledger, GuaranteedTurns turns)
    {
        if (turns.NextWholly(place => Choose(ledger, place)) is { } owed)
            return owed;
        if (Choose(ledger, tree.Root) is { } next)
            return next;
        var blocked = tree.InOrder(Tuning.Pools.MaxHeadsChecked).Where(leaf => IsTooLarge(ledger, leaf)).ToList();
        next = turns.NextInPart(place => Choose(ledger, place), leaf => OvertakesDue(leaf, due.Count, tree.Root));
        passed.AddRange(blocked.Except(passed).Where(leaf => next is not null && Overtakes(next, leaf)).ToList());
        return next;
    }

    /// <summary>The child below a branch that is served next, when some are due or the first jobs of some may be too large.</summary>
    private Branch<WaiterLevels>? Choose(IReadOnlyPoolLedger ledger, Branch<WaiterLevels> place)
    {
        passed.Clear();
        var next = NextDue(ledger, place);
        foreach (var leaf in FairTree<WaiterLevels>.InOrder(place, Tuning.Pools.MaxHeadsChecked))
        {
            if (IsTooLarge(ledger, leaf))
                passed.Add(leaf);
            else if (next is null && Fits(ledger, leaf) && !OvertakesDue(leaf, due.Count, place))
                next = leaf;
        }

        passed.RemoveAll(leaf => next is null || !Overtakes(next, leaf));
        return next;
    }

    /// <summary>Of the children that are due, the first one that fits and overtakes none that has been due for longer.</summary>
    private Branch<WaiterLevels>? NextDue(IReadOnlyPoolLedger ledger, Branch<WaiterLevels> place)
    {
        for (var i = 0; i < due.Count; i++)
        {
            if (due[i].IsBelow(place) && Fits(ledger, due[i]) && !OvertakesDue(due[i], i, place))
                return due[i];
        }

        return null;
    }

    /// <summary>Whether a child would overtake one of those that have been due for the longest time.</summary>
    private bool OvertakesDue(Branch<WaiterLevels> leaf, int count, Branch<WaiterLevels> place)
    {
        for (var i = 0; i < count; i++)
        {
            if (due[i].IsBelow(place) && Overtakes(leaf, due[i]))
                return true;
        }

        return false;
    }

    private bool Overtakes(Branch<WaiterLevels> leaf, Branch<WaiterLevels> other)
        => tree.UsesMoreWith(leaf, leaf.Queue!.First!.Request.Bytes, other);

    private static bool Fits(IReadOnlyPoolLedger ledger, Branch<WaiterLevels> leaf)
        => Check(ledger, leaf.Queue!.First!) == HoldResult.Held;

    /// <summary>Whether the first job of a child waits for memory, not for a worker that is kept for others.</summary>
    private static bool IsTooLarge(IReadOnlyPoolLedger ledger, Branch<WaiterLevels> leaf)
        => Check(ledger, leaf.Queue!.First!) is HoldResult.NoMemory or HoldResult.MemoryKept;

    private static HoldResult Check(IReadOnlyPoolLedger ledger, Waiter waiter)
    {
        var (from, bytes) = (waiter.Request.From, waiter.Request.Bytes);
        return ledger.CheckFeasibility(from, bytes) == HoldResult.Held ? ledger.Check(from, bytes) : HoldResult.Held;
    }

    /// <summary>A request that takes room in this turn or not at all.</summary>
    private sealed class Arrival(in AcquireRequest request) : Waiter(request, long.MaxValue)
    {
        public override bool TryEndWaiting(bool hasShare) => true;
    }
}
