namespace Handler.Pools;

/// <summary>Asks a pool for one worker and so many bytes.</summary>
internal readonly record struct AcquireRequest
{
    public required JobId Job { get; init; }

    /// <summary>The node that will run the job.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Which way the request came; see <see cref="Pools.Route"/>.</summary>
    public ulong Route { get; init; } = Pools.Route.Entry;

    /// <summary>The newest epoch of the pool that the asker knows of. An activation with an older one thus learns that it was replaced.</summary>
    public long Seen { get; init; }

    public string? Name { get; init; }

    public long Bytes { get; init; }

    /// <summary>Higher goes first among those who wait.</summary>
    public int Priority { get; init; }

    /// <summary>How long the job may still wait for room; zero for not at all.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>How long whoever asked will listen for an answer, the time spent waiting for room not counted.</summary>
    public TimeSpan Budget { get; init; }

    /// <summary>For the selectors of the chain.</summary>
    public string? DelegateParam { get; init; }

    public AcquireRequest()
    {
    }
}
