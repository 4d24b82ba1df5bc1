using Handler.FairShare;
using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// What a pool keeps for pools below it that are guaranteed workers or memory. A branch claims what it is guaranteed, or what its jobs use
/// and its children claim together, whichever is larger. So a job that fits in a guarantee does not change what its pool claims, and the
/// guarantee of a grandchild is kept at each level. Pure accounting; each operation takes the same time for each level of the path.
/// </summary>
internal sealed class KeptRoom
{
    private readonly KeptBranch root = new("", null, default);
    private readonly LinkedList<KeptBranch> changed = new();
    private readonly LinkedList<KeptBranch> looked = new();
    private readonly LinkedList<KeptBranch> unused = new();
    private readonly List<KeptBranch> guaranteed = [];

    public KeptRoom(GuaranteeList guarantees)
    {
        var branches = new Dictionary<string, KeptBranch>(StringComparer.Ordinal);
        foreach (var guarantee in guarantees.All)
        {
            var parent = guarantee.Parent is { } name ? branches[name] : root;
            var branch = new KeptBranch(guarantee.Pool, parent, guarantee.Amount);
            branches.Add(guarantee.Pool, branch);
            parent.Children.Add(guarantee.Pool, branch);
        }

        foreach (var branch in branches.Values.Reverse()) // children before their parents
            branch.Parent!.LeastInside += Amount.Max(branch.Guaranteed, branch.LeastInside);
        foreach (var branch in branches.Values.Prepend(root))
            branch.Inside = branch.LeastInside;
        guaranteed.AddRange(branches.Values.Where(static branch => !branch.Guaranteed.IsZero));
        guaranteed.ForEach(UpdateUnused);
        Kept = root.Inside;
    }

    /// <summary>What is kept in total: neither in use, nor free for all.</summary>
    public Amount Kept { get; private set; }

    /// <summary>What would be kept if nothing ran.</summary>
    public Amount Guaranteed => root.LeastInside;

    /// <summary>The branches of which a job began to wait, got a share or ended since they were looked at.</summary>
    public IReadOnlyCollection<KeptBranch> Changed => changed;

    /// <summary>The branches that were looked at, and have jobs that wait although something is kept for them.</summary>
    public IReadOnlyCollection<KeptBranch> Looked => looked;

    /// <summary>What a job needs beyond what it is guaranteed.</summary>
    public Amount NeededBeyond(PoolPath? path, long bytes) => Growth(path, new Amount(1, bytes), static branch => branch.Inside);

    /// <summary>What a job of this path has beyond what it is guaranteed: what would be free for others without it.</summary>
    public Amount FreedWithout(PoolPath? path, long bytes)
        => default(Amount) - Growth(path, new Amount(-1, -bytes), static branch => branch.Inside);

    /// <summary>The same if nothing ran.</summary>
    public Amount LeastNeededBeyond(PoolPath? path, long bytes) => Growth(path, new Amount(1, bytes), static branch => branch.LeastInside);

    /// <summary>Records that the jobs of a path use more, or less if the numbers are negative.</summary>
    public void Use(PoolPath? path, int workers, long bytes)
    {
        var growth = new Amount(workers, bytes);
        Kept -= growth;
        for (var branch = Find(path); branch is not null; branch = branch.Parent)
        {
            var before = branch.Claimed;
            branch.Inside += growth;
            UpdateUnused(branch);
            if (workers < 0 && branch.IsOwed)
                LookAgain(branch);
            growth = branch.Claimed - before;
        }

        Kept += growth;
    }

    /// <summary>Whether a child on this path is guaranteed something, or a pool below the child.</summary>
    public bool HasBranch(PoolPath? path) => Find(path) != root;

    public void StartWaiting(PoolPath? path) => CountWaiting(path, 1);

    public void StopWaiting(PoolPath? path) => CountWaiting(path, -1);

    /// <summary>Called when a branch was looked at, and none of its jobs can have a share now.</summary>
    public void HasLooked(KeptBranch branch)
    {
        StopLooking(branch);
        if (branch.IsOwed)
            branch.ToLookAt = looked.AddLast(branch);
    }

    /// <summary>A pool for which workers or bytes are kept that are missing for a job; <see langword="null"/> if none is found.</summary>
    /// <param name="path">The path of the job.</param>
    /// <param name="of">Takes the workers or the bytes.</param>
    /// <param name="evenIfUsed">Whether to find one that is guaranteed them, even if it uses them.</param>
    public string? FindOwner(PoolPath? path, Func<Amount, long> of, bool evenIfUsed)
    {
        var own = new HashSet<KeptBranch>();
        for (var branch = Find(path); branch != root; branch = branch.Parent!)
            own.Add(branch);
        return (evenIfUsed ? guaranteed : unused.AsEnumerable())
            .Take(Tuning.Pools.MaxOwnersChecked)
            .Where(branch => !own.Contains(branch))
            .Select(branch => (branch.Name, Kept: of(evenIfUsed ? branch.Guaranteed : branch.Unused)))
            .Where(static owner => owner.Kept > 0)
            .MaxBy(static owner => owner.Kept).Name;
    }

    /// <summary>How much more the branches on a path claim, all together, if the last one has so much more inside.</summary>
    private Amount Growth(PoolPath? path, Amount growth, Func<KeptBranch, Amount> inside)
    {
        for (var branch = Find(path); branch != root; branch = branch.Parent!)
        {
            var present = inside(branch);
            growth = Amount.Max(branch.Guaranteed, present + growth) - Amount.Max(branch.Guaranteed, present);
        }

        return growth;
    }

    /// <summary>The last branch on a path.</summary>
    private KeptBranch Find(PoolPath? path)
    {
        var branch = root;
        for (; path is not null && branch.Children.TryGetValue(path.Pool, out var child); path = path.Below)
            branch = child;
        return branch;
    }

    private void CountWaiting(PoolPath? path, int count)
    {
        for (var branch = Find(path); branch != root; branch = branch.Parent!)
        {
            branch.Waiting += count;
            if (branch.IsOwed)
                LookAgain(branch);
            else
                StopLooking(branch);
        }
    }

    private void LookAgain(KeptBranch branch)
    {
        if (branch.ToLookAt?.List == changed)
            return;
        StopLooking(branch);
        branch.ToLookAt = changed.AddLast(branch);
    }

    private static void StopLooking(KeptBranch branch)
    {
        branch.ToLookAt?.List!.Remove(branch.ToLookAt);
        branch.ToLookAt = null;
    }

    private void UpdateUnused(KeptBranch branch)
    {
        if (branch.Unused.IsZero)
        {
            branch.AsUnused?.List!.Remove(branch.AsUnused);
            branch.AsUnused = null;
        }
        else
        {
            branch.AsUnused ??= unused.AddLast(branch);
        }
    }
}
