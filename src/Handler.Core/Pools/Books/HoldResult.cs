namespace Handler.Pools;

/// <summary>The result of an attempt to take a share.</summary>
internal enum HoldResult
{
    /// <summary>The share is held.</summary>
    Held,

    /// <summary>The job has a share already.</summary>
    Present,

    NoWorkers,

    NoMemory,

    /// <summary>A worker is free, but it is kept for a pool that is guaranteed it.</summary>
    WorkersKept,

    /// <summary>The memory would be enough, but part of it is kept for a pool that is guaranteed it.</summary>
    MemoryKept,

    /// <summary>
    /// The job would fit, but others wait ahead, and the free room is kept for one of them. Returned by <see cref="PoolState"/>: a ledger
    /// knows nothing of waiting.
    /// </summary>
    Behind,
}
