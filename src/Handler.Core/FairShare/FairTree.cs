namespace Handler.FairShare;

/// <summary>
/// Who may use the next free worker or memory of a pool, or the next free worker of a node. The jobs are grouped by the pools through which
/// they came: the children of the root are the pools that ask directly, their children are the pools below, and so on. Jobs that came
/// through no further pool are one child of their own, a leaf.
/// <para>
/// Among siblings in which jobs wait, the one with the smallest share comes first: its part of the workers or its part of the memory in
/// use, whichever is larger, divided by its weight. If two shares are equal, the one that has been served less comes first; if that is
/// equal too, the one that has waited longer. A child gets no credit for what it did not use while it was idle.
/// </para>
/// </summary>
internal sealed class FairTree<TQueue>
    where TQueue : class, new()
{
    private double perWorker = 1;
    private double perByte;
    private long waits;
    private PoolPath? learned;
    private PoolPath? lastPath;
    private Branch<TQueue>? last; // the leaf of lastPath: most jobs come the same way as the one before

    public Branch<TQueue> Root { get; } = new("", null);

    /// <summary>The leaf that is served next; <see langword="null"/> if no job waits.</summary>
    public Branch<TQueue>? First
    {
        get
        {
            var branch = Root;
            while (branch.Waiting.First is { } next)
                branch = next;
            return branch == Root ? null : branch;
        }
    }

    /// <summary>
    /// Sets what all jobs together may use. What was served under other limits is forgotten, because it counts in other units.
    /// </summary>
    public void SetCapacity(int workers, long bytes)
    {
        perWorker = 1.0 / Math.Max(workers, 1);
        perByte = 1.0 / Math.Max(bytes, 1);
        foreach (var branch in Descendants(Root).Prepend(Root))
        {
            (branch.Clock, branch.Served) = (0, 0);
            if (branch.HasWaiting)
                branch.Share = ShareOf(branch);
        }

        foreach (var branch in Descendants(Root).Prepend(Root))
            branch.Waiting.Rebuild();
    }

    /// <summary>Takes the weights of the path of a new request. Each is newer than what is known of that pool.</summary>
    /// <returns>Whether a weight has changed.</returns>
    public bool Learn(PoolPath? path)
    {
        if (ReferenceEquals(path, learned))
            return false;
        var branch = Root;
        var changed = false;
        for (var step = path; step is not null; step = step.Below)
        {
            branch = FindChild(branch, step);
            if (branch.Weight == step.Weight)
                continue;
            branch.Weight = step.Weight;
            changed = true;
            if (branch.HasWaiting)
                Reorder(branch);
        }

        learned = path;
        return changed;
    }

    /// <summary>The leaf of the jobs that came by this path.</summary>
    /// <param name="path">The path; <see langword="null"/> if they came through no further pool.</param>
    /// <param name="key">Distinguishes leaves of the same path; no pool has this name.</param>
    public Branch<TQueue> Find(PoolPath? path, string key = "")
    {
        if (last is not null && ReferenceEquals(path, lastPath) && key == last.Name)
            return last;
        var branch = Root;
        for (var step = path; step is not null; step = step.Below)
            branch = FindChild(branch, step);
        if (!branch.Children.TryGetValue(key, out var leaf))
            branch.Children.Add(key, leaf = new Branch<TQueue>(key, branch) { Queue = new TQueue(), Path = path });
        (lastPath, last) = (path, leaf);
        return leaf;
    }

    /// <summary>Records that the jobs of a leaf use more, or less if the numbers are negative.</summary>
    public void Use(Branch<TQueue> leaf, int workers, long bytes)
    {
        // The root has no siblings, so nothing needs to be known of it.
        for (var branch = leaf; branch.Parent is { } parent; branch = parent)
        {
            branch.Workers += workers;
            branch.Bytes += bytes;
            if (branch.HasWaiting)
                Reorder(branch);
        }
    }

    /// <summary>Called when the first job begins to wait in a leaf.</summary>
    public void StartWaiting(Branch<TQueue> leaf)
    {
        for (var branch = leaf; branch.Parent is { } parent && !branch.HasWaiting; branch = parent)
        {
            branch.Share = ShareOf(branch);
            branch.Served = Math.Max(branch.Served, parent.Clock); // no credit for the time in which nothing waited
            branch.WaitsSince = ++waits;
            parent.Waiting.Add(branch);
        }
    }

    /// <summary>Called when no job waits in a leaf any longer.</summary>
    public static void StopWaiting(Branch<TQueue> leaf)
    {
        for (var branch = leaf; branch.Parent is { } parent && branch.Waiting.Count == 0; branch = parent)
            parent.Waiting.Remove(branch);
    }

    /// <summary>Called when a job of this size that waited in a leaf, or would have, is served.</summary>
    public void Serve(Branch<TQueue> leaf, long bytes)
    {
        for (var branch = leaf; branch.Parent is { } parent; branch = parent)
        {
            parent.Clock = Math.Max(parent.Clock, branch.Served);
            branch.Served = parent.Clock + (Math.Max(perWorker, bytes * perByte) / branch.Weight);
            if (branch.HasWaiting)
                parent.Waiting.Update(branch);
        }
    }

    /// <summary>
    /// Whether a worker that runs jobs of a leaf may get more of them. It may not if others wait that are worse off than the jobs of the
    /// leaf would be without that worker.
    /// </summary>
    /// <param name="leaf">The leaf.</param>
    /// <param name="bytes">How much memory the worker counts for, in bytes.</param>
    /// <param name="mayKeep">Whether it may go on while others wait that are no worse off.</param>
    public bool MayContinue(Branch<TQueue> leaf, long bytes, bool mayKeep)
    {
        for (var branch = leaf; branch.Parent is { } parent; branch = parent)
        {
            if (parent.Waiting.First is { } first && first != branch && (!mayKeep || first.Share < ShareWith(branch, -1, -bytes)))
                return false;
        }

        return true;
    }

    /// <summary>Whether one leaf is served before another. Jobs wait in both.</summary>
    public static bool IsBefore(Branch<TQueue> leaf, Branch<TQueue> other)
    {
        var (branch, sibling) = WhereTheyPart(leaf, other);
        return branch != sibling && branch.IsBefore(sibling);
    }

    /// <summary>The weighted dominant share that a branch would have if its jobs used more, or less if the numbers are negative.</summary>
    public double ShareWith(Branch<TQueue> branch, int workers, long bytes)
    {
        // Divided first: equal fractions then give exactly equal shares, such as 1 worker of weight 1 and 3 workers of weight 3.
        double weight = branch.Weight;
        return Math.Max((branch.Workers + workers) / weight * perWorker, (branch.Bytes + bytes) / weight * perByte);
    }

    /// <summary>
    /// Whether a leaf that is served a job of this size then uses more than another leaf in which jobs wait: compared at the siblings to
    /// which the two belong.
    /// </summary>
    public bool UsesMoreWith(Branch<TQueue> leaf, long bytes, Branch<TQueue> other)
    {
        var (branch, sibling) = WhereTheyPart(leaf, other);
        return branch != sibling && ShareWith(branch, 1, bytes) > sibling.Share;
    }

    /// <summary>
    /// The leaves in which jobs wait, the next to serve first, but only of this many children of each branch. The tree must not change
    /// meanwhile.
    /// </summary>
    public IEnumerable<Branch<TQueue>> InOrder(int most) => InOrder(Root, most);

    /// <summary>The leaves in which jobs wait, in no particular order.</summary>
    public IEnumerable<Branch<TQueue>> AllWaiting()
        => Descendants(Root).Where(static branch => branch.Queue is not null && branch.HasWaiting);

    /// <summary>The same for the leaves of one branch.</summary>
    public static IEnumerable<Branch<TQueue>> InOrder(Branch<TQueue> branch, int most)
    {
        if (branch.Queue is not null)
        {
            yield return branch;
            yield break;
        }

        var passed = new List<Branch<TQueue>>();
        try
        {
            while (passed.Count < most && branch.Waiting.First is { } next)
            {
                branch.Waiting.Remove(next);
                passed.Add(next);
                foreach (var leaf in InOrder(next, most))
                    yield return leaf;
            }
        }
        finally
        {
            passed.ForEach(branch.Waiting.Add);
        }
    }

    /// <summary>The branches with the same parent that lead to two leaves; twice the same one if it is one leaf.</summary>
    private static (Branch<TQueue> Branch, Branch<TQueue> Sibling) WhereTheyPart(Branch<TQueue> leaf, Branch<TQueue> other)
    {
        while (leaf.Depth > other.Depth)
            leaf = leaf.Parent!;
        while (other.Depth > leaf.Depth)
            other = other.Parent!;
        while (leaf.Parent != other.Parent)
            (leaf, other) = (leaf.Parent!, other.Parent!);
        return (leaf, other);
    }

    private static IEnumerable<Branch<TQueue>> Descendants(Branch<TQueue> branch)
        => branch.Children.Values.SelectMany(static child => Descendants(child).Prepend(child));

    private Branch<TQueue> FindChild(Branch<TQueue> parent, PoolPath step)
    {
        if (parent.Children.TryGetValue(step.Pool, out var child))
            return child;
        RemoveIdleChildren(parent);
        parent.Children.Add(step.Pool, child = new Branch<TQueue>(step.Pool, parent) { Weight = step.Weight });
        return child;
    }

    /// <summary>Pools come and go, so what is idle is forgotten from time to time.</summary>
    private void RemoveIdleChildren(Branch<TQueue> parent)
    {
        if (parent.Children.Count < parent.MaxChildren)
            return;
        foreach (var child in parent.Children.Values.Where(static child => child.IsIdle).ToList())
            parent.Children.Remove(child.Name);
        parent.MaxChildren = Math.Max(64, 2 * parent.Children.Count);
        (learned, last) = (null, null);
    }

    private void Reorder(Branch<TQueue> branch)
    {
        branch.Share = ShareOf(branch);
        branch.Parent!.Waiting.Update(branch);
    }

    private double ShareOf(Branch<TQueue> branch) => ShareWith(branch, 0, 0);
}
