namespace Handler.Pools;

/// <summary>Finds pools by name.</summary>
internal interface IPoolDirectory
{
    /// <summary>
    /// Returns the pool, or <see langword="null"/> if there is none of that name. Callers keep the result: it must lead to the pool even
    /// after the pool is removed and added again, and must reject with <see cref="RejectReason.NoSuchPool"/> in between.
    /// </summary>
    IPoolPeer? Find(string pool);
}
