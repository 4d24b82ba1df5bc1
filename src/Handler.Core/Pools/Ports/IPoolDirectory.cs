namespace Handler.Pools;

/// <summary>Finds pools by name.</summary>
internal interface IPoolDirectory
{
    /// <summary>The pool, or <see langword="null"/> when there is none of that name. What was found is kept: it must lead to the pool also when that is removed and added again, and meanwhile reject with <see cref="RejectReason.NoSuchPool"/>.</summary>
    IPoolPeer? Find(string pool);
}
