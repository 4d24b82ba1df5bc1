namespace Handler.Pools;

/// <summary>
/// The pools that a lease holds a share in, from the one that was asked first up to the last parent. Immutable and shared by
/// all leases that came by the same path, so a lease costs no memory per pool.
/// </summary>
/// <param name="Pool">A pool's name.</param>
/// <param name="Epoch">The epoch of the activation that admitted the job.</param>
/// <param name="Route">The route by which it was asked.</param>
/// <param name="Above">The parent's part of the chain; <see langword="null"/> at its end.</param>
internal sealed record PoolChain(string Pool, long Epoch, ulong Route, PoolChain? Above)
{
    public bool Contains(string pool)
    {
        for (var link = this; link is not null; link = link.Above)
        {
            if (link.Pool == pool)
                return true;
        }

        return false;
    }

    /// <summary>The part of the chain that begins with this pool, if there is one.</summary>
    public PoolChain? From(string pool)
    {
        var link = this;
        while (link is not null && link.Pool != pool)
            link = link.Above;
        return link;
    }

    public override string ToString() => $"{Pool}:{Epoch}" + (Above is null ? "" : $" → {Above}");
}
