namespace Handler.Pools;

/// <summary><see cref="PoolOptions"/> that were validated and do not change, as they are stored.</summary>
internal sealed record PoolConfiguration
{
    public required PoolLimits Limits { get; init; }

    /// <summary>Goes up with each change that a cluster's catalog makes: a change that comes late does not undo one that was made after it. 0 where there is no catalog.</summary>
    public long Version { get; init; }

    public int MaxWaiting { get; init; }

    public string? DelegateTo { get; init; }

    public string? Selector { get; init; }

    public string? SelectorConfig { get; init; }

    /// <param name="options">Must be valid, see <see cref="PoolGraph"/>.</param>
    public static PoolConfiguration From(PoolOptions options) => new()
    {
        Limits = new PoolLimits(options.MaxWorkers, options.MaxMemoryBytes),
        MaxWaiting = options.MaxWaiting,
        DelegateTo = options.DelegateTo,
        Selector = options.Selector,
        SelectorConfig = options.SelectorConfig,
    };

    public PoolOptions ToOptions() => new()
    {
        MaxWorkers = Limits.MaxWorkers,
        MaxMemoryBytes = Limits.MaxMemoryBytes,
        MaxWaiting = MaxWaiting,
        DelegateTo = DelegateTo,
        Selector = Selector,
        SelectorConfig = SelectorConfig,
    };
}
