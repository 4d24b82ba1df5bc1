namespace Handler.Pools;

/// <summary>The times of the protocol. The defaults suit a local network.</summary>
internal sealed record PoolTimings
{
    public static PoolTimings Default { get; } = new();

    /// <summary>After what time a call to a pool or node is taken for lost.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait before a lost call is made again; doubled each time up to <see cref="MaxRetryDelay"/>.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait after this delay did not do.</summary>
    public TimeSpan Grow(TimeSpan delay) => 2 * delay < MaxRetryDelay ? 2 * delay : MaxRetryDelay;

    /// <summary>How long an outcome is held back until every pool of the chain has acknowledged the release.</summary>
    public TimeSpan ReleaseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a kill or flush tries to reach all nodes: until one that stands still is as a rule declared dead.</summary>
    public TimeSpan KillTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the host calls <see cref="PoolActor.ReconcileAsync()"/>.</summary>
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(10);
}
