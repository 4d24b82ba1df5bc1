namespace Handler.Pools;

/// <summary>
/// The guarantees of all pools below a pool, each after that of its parent. Pools without a guarantee are listed only if a pool below them
/// has one. Immutable; two lists are equal if they have the same guarantees.
/// </summary>
internal sealed class GuaranteeList(IReadOnlyList<Guarantee> all) : IEquatable<GuaranteeList>
{
    public static GuaranteeList None { get; } = new([]);

    public IReadOnlyList<Guarantee> All { get; } = all;

    public bool IsEmpty => All.Count == 0;

    /// <summary>
    /// What the pool has to keep for each of its children while nothing runs: what the child is guaranteed, or what the pools below the
    /// child are guaranteed together, whichever is larger.
    /// </summary>
    public IReadOnlyList<(string Child, Amount Amount)> ByChild()
    {
        var below = new Dictionary<string, Amount>(StringComparer.Ordinal);
        var children = new List<(string, Amount)>();
        foreach (var guarantee in All.Reverse()) // children before their parents
        {
            var amount = Amount.Max(guarantee.Amount, below.GetValueOrDefault(guarantee.Pool));
            if (guarantee.Parent is { } parent)
                below[parent] = below.GetValueOrDefault(parent) + amount;
            else
                children.Add((guarantee.Pool, amount));
        }

        return children;
    }

    public bool Equals(GuaranteeList? other) => other is not null && (ReferenceEquals(this, other) || All.SequenceEqual(other.All));

    public override bool Equals(object? obj) => Equals(obj as GuaranteeList);

    public override int GetHashCode() => All.Aggregate(0, HashCode.Combine);

    public override string ToString() => $"[{string.Join(", ", All)}]";
}
