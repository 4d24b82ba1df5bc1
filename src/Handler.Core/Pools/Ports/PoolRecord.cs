namespace Handler.Pools;

/// <summary>A pool's configuration and epoch as they are stored.</summary>
internal sealed record PoolRecord(PoolConfiguration Configuration, long Epoch)
{
    /// <summary>
    /// Whether the pool was removed. The record stays for its epoch, with which a new pool of the same name continues, and for the version
    /// of the removal.
    /// </summary>
    public bool Removed { get; init; }

    /// <summary>
    /// Returns what a catalog must write so that a pool's record follows it: that the pool exists, or that it was removed. An existing pool
    /// changes its configuration itself. A catalog that was taken for dead may come late with a change that its successor has superseded:
    /// nothing is written then.
    /// </summary>
    /// <param name="stored">The stored record; <see langword="null"/> if there is none.</param>
    /// <param name="configuration">The pool's configuration, or the last one that it had. Its version is that of the change, or of the
    /// removal.</param>
    /// <param name="removed">Whether the pool is removed.</param>
    /// <returns>The record to write; <see langword="null"/> if nothing must be written.</returns>
    public static PoolRecord? Following(PoolRecord? stored, PoolConfiguration configuration, bool removed)
    {
        if (stored is not null
            && (
                stored.Configuration.Version > configuration.Version
                || (stored.Removed == removed && (!removed || stored.Configuration.Version == configuration.Version))))
            return null;
        return new PoolRecord(configuration, stored?.Epoch ?? 0) { Removed = removed };
    }
}
