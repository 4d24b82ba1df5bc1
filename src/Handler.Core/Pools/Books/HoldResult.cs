namespace Handler.Pools;

/// <summary>What became of an attempt to take a share.</summary>
internal enum HoldResult
{
    /// <summary>The share is held.</summary>
    Held,

    /// <summary>The job has a share already.</summary>
    Present,

    NoWorkers,

    NoMemory,

    /// <summary>It would fit, but others wait ahead, and what the first of them waits for is kept for it. Told by <see cref="PoolActor"/>, for a ledger knows nothing of waiting.</summary>
    Behind,
}
