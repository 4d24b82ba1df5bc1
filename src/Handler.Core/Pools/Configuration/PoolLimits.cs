namespace Handler.Pools;

/// <summary>What a pool may admit.</summary>
internal readonly record struct PoolLimits(int MaxWorkers, long MaxMemoryBytes)
{
    /// <summary>Whether a job of this size can be admitted when nothing else runs.</summary>
    public bool EverFits(long bytes) => MaxWorkers >= 1 && bytes <= MaxMemoryBytes;
}
