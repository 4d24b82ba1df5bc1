namespace Handler.Pools;

/// <summary>The share is free, as far as the activation with this epoch is concerned.</summary>
internal readonly record struct ReleaseReply(long Epoch)
{
    /// <summary>The pool no longer exists, so there is nothing to release.</summary>
    public static ReleaseReply NoSuchPool => new(long.MaxValue);
}
