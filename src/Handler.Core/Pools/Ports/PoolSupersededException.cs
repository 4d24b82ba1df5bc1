namespace Handler.Pools;

/// <summary>This activation of a pool was replaced by a newer one. Ask again to reach the new one.</summary>
internal sealed class PoolSupersededException(string pool, long epoch)
    : Exception($"Pool {pool}: the activation with epoch {epoch} was replaced by a newer one.")
{
    public string Pool { get; } = pool;

    public long Epoch { get; } = epoch;
}
