namespace Handler.FairShare;

/// <summary>
/// A node of a <see cref="FairTree{TQueue}"/>: a child with which others share workers and memory, or a leaf, where jobs wait. Only the
/// tree changes it.
/// </summary>
/// <param name="name">The name of the pool; empty for a leaf.</param>
/// <param name="parent">The branch above; <see langword="null"/> for the root.</param>
internal sealed class Branch<TQueue>(string name, Branch<TQueue>? parent)
    where TQueue : class, new()
{
    public string Name { get; } = name;

    public Branch<TQueue>? Parent { get; } = parent;

    /// <summary>How many branches are above it.</summary>
    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    /// <summary>The jobs that wait in this leaf; <see langword="null"/> if this is no leaf.</summary>
    public TQueue? Queue { get; init; }

    /// <summary>By which path the jobs of this leaf came, with the weights that were known when the first one came.</summary>
    public PoolPath? Path { get; init; }

    public int Weight { get; set; } = 1;

    /// <summary>How many workers the jobs of this branch use.</summary>
    public int Workers { get; set; }

    /// <summary>How many bytes of memory they use.</summary>
    public long Bytes { get; set; }

    /// <summary>The dominant share, divided by the weight. Up to date while a job waits in the branch.</summary>
    public double Share { get; set; }

    /// <summary>
    /// What its jobs have taken out of the queue, each counted by its dominant share and divided by the weight: decides between siblings
    /// of equal shares.
    /// </summary>
    public double Served { get; set; }

    /// <summary>The largest <see cref="Served"/> of a child when it was chosen. A child that has been idle starts from here.</summary>
    public double Clock { get; set; }

    /// <summary>When a job last began to wait in it while none did: decides between siblings that are otherwise equal.</summary>
    public long WaitsSince { get; set; }

    /// <summary>Its index among the siblings in which jobs wait; -1 if none waits.</summary>
    public int Place { get; set; } = -1;

    public bool HasWaiting => Place >= 0;

    /// <summary>The branches below, by name.</summary>
    public Dictionary<string, Branch<TQueue>> Children { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of them in which jobs wait.</summary>
    public BranchHeap<TQueue> Waiting { get; } = new();

    /// <summary>The number of children from which on idle ones are removed.</summary>
    public int MaxChildren { get; set; } = 64;

    /// <summary>Whether its jobs use nothing, and none waits.</summary>
    public bool IsIdle => Workers == 0 && Bytes == 0 && !HasWaiting;

    /// <summary>Whether this is the given branch, or one below it.</summary>
    public bool IsBelow(Branch<TQueue> other)
    {
        var branch = this;
        while (branch is not null && branch != other)
            branch = branch.Parent;
        return branch is not null;
    }

    /// <summary>Whether this branch is served before a sibling.</summary>
    public bool IsBefore(Branch<TQueue> other)
    {
        var order = Share.CompareTo(other.Share);
        if (order == 0)
            order = Served.CompareTo(other.Served);
        return order == 0 ? WaitsSince < other.WaitsSince : order < 0;
    }
}
