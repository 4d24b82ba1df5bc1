namespace Handler.Pools;

/// <summary>
/// Where configurations and epochs are kept. Reads and writes must be linearizable: a read that starts after a write has
/// succeeded sees it. One write per activation and per change of configuration; none per job. A pool that was removed and is
/// added again goes on with its old epoch.
/// </summary>
internal interface IPoolStore
{
    /// <summary>The record with the tag of this version of it; <see langword="null"/> when there is no such pool.</summary>
    ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool);

    /// <summary>Writes if the tag still is the stored one; answers the new tag, or <see langword="null"/> if somebody else wrote since. After an exception it may have been written or not.</summary>
    ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag);
}
