namespace Handler.Pools;

/// <summary>The share is free, as far as the activation with this epoch is concerned.</summary>
internal readonly record struct ReleaseReply(long Epoch)
{
    /// <summary>There is no such pool any more, so nothing is left to give back to.</summary>
    public static ReleaseReply NoSuchPool => new(long.MaxValue);
}
