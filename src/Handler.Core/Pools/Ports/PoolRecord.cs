namespace Handler.Pools;

/// <summary>A pool's configuration and epoch as they are stored.</summary>
internal sealed record PoolRecord(PoolConfiguration Configuration, long Epoch)
{
    /// <summary>Whether the pool was removed. The record stays for its epoch, with which one of the same name goes on, and for the version of the removal.</summary>
    public bool Removed { get; init; }

    /// <summary>
    /// What a catalog is to write, so that a pool's record follows it: that there is such a pool, or that it was removed. A pool that is there changes its configuration itself. A catalog that
    /// was taken for dead may come late with what its successor has gone past: nothing is written then.
    /// </summary>
    /// <param name="stored">What is stored; <see langword="null"/> if nothing is.</param>
    /// <param name="configuration">The pool's, or the last that it had. Its version is that of the change, or of the removal.</param>
    /// <param name="removed">Whether the pool is to be there no more.</param>
    /// <returns>What to write; <see langword="null"/>: nothing.</returns>
    public static PoolRecord? Following(PoolRecord? stored, PoolConfiguration configuration, bool removed)
    {
        if (stored is not null && (stored.Configuration.Version > configuration.Version || (stored.Removed == removed && (!removed || stored.Configuration.Version == configuration.Version))))
            return null;
        return new PoolRecord(configuration, stored?.Epoch ?? 0) { Removed = removed };
    }
}
