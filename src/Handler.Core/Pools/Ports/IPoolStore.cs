namespace Handler.Pools;

/// <summary>
/// Stores configurations and epochs. Reads and writes must be linearizable: a read that starts after a write has
/// succeeded sees it. There is one write per activation and per change of configuration, none per job. A pool that was removed and is
/// added again continues with its old epoch.
/// </summary>
internal interface IPoolStore
{
    /// <summary>Returns the record with the tag of its version; <see langword="null"/> if the pool does not exist.</summary>
    ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool);

    /// <summary>
    /// Writes if the tag still is the stored one. Returns the new tag, or <see langword="null"/> if another write came first. After an
    /// exception it is unknown whether the record was written.
    /// </summary>
    ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag);
}
