namespace Handler.Pools;

/// <summary>A pool of a <see cref="KeptRoom"/> which is guaranteed something, or below which one is. Only that class changes it.</summary>
/// <param name="name">The name of the pool.</param>
/// <param name="parent">The branch above; <see langword="null"/> for the root.</param>
/// <param name="guaranteed">What the pool is guaranteed.</param>
internal sealed class KeptBranch(string name, KeptBranch? parent, Amount guaranteed)
{
    public string Name { get; } = name;

    public KeptBranch? Parent { get; } = parent;

    public Amount Guaranteed { get; } = guaranteed;

    public Dictionary<string, KeptBranch> Children { get; } = new(StringComparer.Ordinal);

    /// <summary>What the children claim, and what jobs use that came through none of them.</summary>
    public Amount Inside { get; set; }

    /// <summary>The same while nothing runs.</summary>
    public Amount LeastInside { get; set; }

    /// <summary>What others cannot have: what the branch uses, and what is kept for it.</summary>
    public Amount Claimed => Amount.Max(Guaranteed, Inside);

    /// <summary>What is kept for any job of this branch.</summary>
    public Amount Unused => Claimed - Inside;

    /// <summary>How many jobs of this branch wait.</summary>
    public int Waiting { get; set; }

    /// <summary>Whether a job of this branch waits although something is kept for it.</summary>
    public bool IsOwed => Waiting > 0 && !Unused.IsZero;

    /// <summary>Its place among the branches that are to be looked at.</summary>
    public LinkedListNode<KeptBranch>? ToLookAt { get; set; }

    /// <summary>Its place among the branches with something unused.</summary>
    public LinkedListNode<KeptBranch>? AsUnused { get; set; }
}
