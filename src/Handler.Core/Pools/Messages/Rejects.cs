namespace Handler.Pools;

/// <summary>The rejects of pools that have no amounts to report, and what a reject means for waiting.</summary>
internal static class Rejects
{
    public static JobRejected Timeout(string? pool, TimeSpan limit)
        => new(pool, RejectReason.PoolTimeout, 0, 0, (long)limit.TotalMilliseconds);

    public static JobRejected SelectorFailed(string pool) => new(pool, RejectReason.SelectorFailed, 1, 0, 0);

    public static JobRejected NoParentSelected(string pool) => new(pool, RejectReason.NoParentSelected, 1, 0, 0);

    public static JobRejected NoSuchPool(string pool) => new(pool, RejectReason.NoSuchPool, 1, 0, 0);

    /// <summary>
    /// Whether the missing room may be released by other jobs, so that waiting makes sense. What is kept for a guarantee is not released.
    /// </summary>
    public static bool MayPass(this JobRejected reject)
    {
        var guaranteed = reject.Waiting == 0 ? reject.Kept : 0;
        return reject.Reason is RejectReason.NoWorkersAvailable or RejectReason.InsufficientMemory
            && reject.Requested + guaranteed <= reject.Limit;
    }
}
