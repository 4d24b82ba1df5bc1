using Handler.FairShare;

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
    /// <summary>The pool's <see cref="PoolOptions.Weight"/> when it admitted the job.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>The pool's <see cref="PoolOptions.Profile"/> when it admitted the job.</summary>
    public string? OwnProfile { get; init; }

    /// <summary>
    /// The name of the profile whose workers run the job: the pool's own, or that of the nearest pool above it that has one.
    /// <see langword="null"/> for the default profile.
    /// </summary>
    public string? Profile
    {
        get
        {
            var link = this;
            while (link is { OwnProfile: null })
                link = link.Above;
            return link?.OwnProfile;
        }
    }

    /// <summary>The same pools as seen from the last parent. Computed once, because most leases share their chain with others.</summary>
    public PoolPath PathFromTop => field ??= PathTo(null)!;

    /// <summary>Whether the chains were granted the same way. The path, which follows from that, is not compared.</summary>
    public bool Equals(PoolChain? other)
        => other is not null
            && (Pool, Epoch, Route, Weight, OwnProfile) == (other.Pool, other.Epoch, other.Route, other.Weight, other.OwnProfile)
            && Equals(Above, other.Above);

    public override int GetHashCode() => HashCode.Combine(Pool, Epoch, Route, Weight, Above);

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

    /// <summary>The pools of this chain below the given part, as seen from there; <see langword="null"/> if there are none.</summary>
    public PoolPath? PathTo(PoolChain? above)
    {
        PoolPath? path = null;
        for (var link = this; !ReferenceEquals(link, above); link = link.Above!)
            path = new PoolPath(link.Pool, link.Weight, path);
        return path;
    }

    public override string ToString() => $"{Pool}:{Epoch}" + (Above is null ? "" : $" → {Above}");
}
