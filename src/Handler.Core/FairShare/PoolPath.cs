namespace Handler.FairShare;

/// <summary>
/// The pools by which a job came, as seen from above: the child that asks, then the child of that pool, down to the pool that the caller
/// named. Immutable, and one object for all jobs that come the same way.
/// </summary>
/// <param name="Pool">The name of the child.</param>
/// <param name="Weight">Its <see cref="PoolOptions.Weight"/>.</param>
/// <param name="Below">The rest of the path; <see langword="null"/> if the caller named this pool.</param>
internal sealed record PoolPath(string Pool, int Weight, PoolPath? Below)
{
    /// <summary>Whether both paths name the same pools. The weights may differ.</summary>
    public static bool IsSame(PoolPath? one, PoolPath? other)
    {
        while (one is not null && other is not null && one.Pool == other.Pool)
            (one, other) = (one.Below, other.Below);
        return one is null && other is null;
    }

    public override string ToString() => Below is null ? Pool : $"{Pool} ← {Below}";
}
