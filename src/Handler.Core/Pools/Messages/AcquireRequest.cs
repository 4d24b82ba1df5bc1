using Handler.FairShare;

namespace Handler.Pools;

/// <summary>Asks a pool for one worker and a number of bytes.</summary>
internal readonly record struct AcquireRequest
{
    public required JobId Job { get; init; }

    /// <summary>The node that will run the job.</summary>
    public required NodeId Node { get; init; }

    /// <summary>The route by which the request came; see <see cref="Pools.Route"/>.</summary>
    public ulong Route { get; init; } = Pools.Route.Entry;

    /// <summary>The pools through which the request came; <see langword="null"/> if the caller named this pool.</summary>
    public PoolPath? From { get; init; }

    /// <summary>
    /// The newest epoch of the pool that the requester knows of. An activation with an older epoch thus learns that it was replaced.
    /// </summary>
    public long Seen { get; init; }

    public string? Name { get; init; }

    public long Bytes { get; init; }

    /// <summary>The waiting job with the highest priority gets room first.</summary>
    public int Priority { get; init; }

    /// <summary>How long the job may still wait for room; zero for not at all.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>
    /// Whether the requester asks again if the reply is no, and only that reply counts: it cannot wait yet, but its job can.
    /// </summary>
    public bool IsTrial { get; init; }

    /// <summary>How long the requester will wait for a reply, not counting the time spent waiting for room.</summary>
    public TimeSpan Budget { get; init; }

    /// <summary>The parameter for the selectors of the chain.</summary>
    public string? SelectorArgument { get; init; }

    public AcquireRequest()
    {
    }
}
