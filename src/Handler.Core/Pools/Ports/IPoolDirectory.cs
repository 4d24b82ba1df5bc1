namespace Handler.Pools;

/// <summary>Finds pools by name.</summary>
internal interface IPoolDirectory
{
    /// <summary>
    /// Returns the pool, or <see langword="null"/> if there is none of that name. Callers keep the result: it must lead to the pool even
    /// after the pool is removed and added again, and must reject with <see cref="RejectReason.NoSuchPool"/> in between.
    /// </summary>
    IPoolPeer? Find(string pool);

    /// <summary>
    /// The pool's actor, if it runs in this process under the same turn lock as the caller; otherwise <see langword="null"/>. The same as
    /// <see cref="IPoolPeer.LocalActor"/>, for callers that keep nothing. Called only inside a turn.
    /// </summary>
    ILocalActor? FindLocal(string pool);
}
