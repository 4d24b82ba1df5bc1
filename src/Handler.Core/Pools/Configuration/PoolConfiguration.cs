namespace Handler.Pools;

/// <summary>Validated, immutable <see cref="PoolOptions"/>, as they are stored.</summary>
internal sealed record PoolConfiguration
{
    public required PoolLimits Limits { get; init; }

    /// <summary>
    /// Increases with each change that a cluster's catalog makes, so that a change that arrives late does not undo a later one. 0 if there
    /// is no catalog.
    /// </summary>
    public long Version { get; init; }

    public int MaxWaiting { get; init; }

    public int Weight { get; init; } = 1;

    /// <summary>What the pool is guaranteed in its parent.</summary>
    public Amount Reserved { get; init; }

    /// <summary>What the pools below this one are guaranteed: derived from their configurations, so no caller sets it.</summary>
    public GuaranteeList Guarantees { get; init; } = GuaranteeList.None;

    public string? Parent { get; init; }

    public string? Selector { get; init; }

    public string? SelectorConfig { get; init; }

    public string? Profile { get; init; }

    /// <param name="options">Must be valid, see <see cref="PoolGraph"/>.</param>
    public static PoolConfiguration From(PoolOptions options) => new()
    {
        Limits = new PoolLimits(options.MaxWorkers, options.MaxMemoryBytes),
        MaxWaiting = options.MaxWaiting,
        Weight = options.Weight,
        Reserved = new Amount(options.ReservedWorkers, options.ReservedMemoryBytes),
        Parent = options.Parent,
        Selector = options.Selector,
        SelectorConfig = options.SelectorConfig,
        Profile = options.Profile,
    };

    /// <summary>Whether both delegate each job to the same parents.</summary>
    public bool HasSameParents(PoolConfiguration other)
        => (Parent, Selector, SelectorConfig) == (other.Parent, other.Selector, other.SelectorConfig);

    public PoolOptions ToOptions() => new()
    {
        MaxWorkers = Limits.MaxWorkers,
        MaxMemoryBytes = Limits.MaxMemoryBytes,
        MaxWaiting = MaxWaiting,
        Weight = Weight,
        ReservedWorkers = (int)Reserved.Workers,
        ReservedMemoryBytes = Reserved.Bytes,
        Parent = Parent,
        Selector = Selector,
        SelectorConfig = SelectorConfig,
        Profile = Profile,
    };
}
