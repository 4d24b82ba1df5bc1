namespace Handler.Pools;

/// <summary>The timings of the protocol. The defaults suit a local network.</summary>
internal sealed record PoolTimings
{
    public static PoolTimings Default { get; } = new();

    /// <summary>How long until a call to a pool or node is taken for lost. Default: 1 s.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long to wait before a lost call is repeated; doubled each time up to <see cref="MaxRetryDelay"/>. Default: 50 ms.
    /// </summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The delay that follows this one.</summary>
    public TimeSpan Grow(TimeSpan delay) => 2 * delay < MaxRetryDelay ? 2 * delay : MaxRetryDelay;

    /// <summary>
    /// The longest time that an outcome is held back until every pool of the chain has acknowledged the release. Default: 5 s.
    /// </summary>
    public TimeSpan ReleaseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a kill tries to reach all nodes. An unresponsive node is usually declared dead by then. Default: 10 s.
    /// </summary>
    public TimeSpan KillTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the host calls <see cref="PoolActor.ReconcileAsync()"/>. Default: every 10 s.</summary>
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(10);
}
