using Handler.Pools;

namespace Handler.Grains;

/// <summary>
/// <see cref="PoolConfiguration"/> in storage, and within <see cref="Wire.PoolConfigurationWire"/>, without what is derived from other
/// pools. It must work with any serializer: some support only properties, and the one that storage uses by default cannot read a nullable
/// struct.
/// </summary>
[GenerateSerializer]
[Alias("handler.StoredConfiguration")]
[Immutable]
internal sealed record StoredConfiguration
{
    [Id(0)]
    public int MaxWorkers { get; init; }

    [Id(1)]
    public long MaxMemoryBytes { get; init; }

    [Id(2)]
    public int MaxWaiting { get; init; }

    [Id(3)]
    public string? Parent { get; init; }

    [Id(4)]
    public string? Selector { get; init; }

    [Id(5)]
    public string? SelectorConfig { get; init; }

    [Id(6)]
    public long Version { get; init; }

    [Id(7)]
    public int Weight { get; init; } = 1;

    [Id(8)]
    public string? Profile { get; init; }

    [Id(9)]
    public int ReservedWorkers { get; init; }

    [Id(10)]
    public long ReservedMemoryBytes { get; init; }

    public static StoredConfiguration Of(PoolConfiguration configuration) => new()
    {
        MaxWorkers = configuration.Limits.MaxWorkers,
        MaxMemoryBytes = configuration.Limits.MaxMemoryBytes,
        MaxWaiting = configuration.MaxWaiting,
        Parent = configuration.Parent,
        Selector = configuration.Selector,
        SelectorConfig = configuration.SelectorConfig,
        Version = configuration.Version,
        Weight = configuration.Weight,
        Profile = configuration.Profile,
        ReservedWorkers = (int)configuration.Reserved.Workers,
        ReservedMemoryBytes = configuration.Reserved.Bytes,
    };

    public PoolConfiguration ToConfiguration() => new()
    {
        Limits = new PoolLimits(MaxWorkers, MaxMemoryBytes),
        MaxWaiting = MaxWaiting,
        Parent = Parent,
        Selector = Selector,
        SelectorConfig = SelectorConfig,
        Version = Version,
        Weight = Weight,
        Profile = Profile,
        Reserved = new Amount(ReservedWorkers, ReservedMemoryBytes),
    };
}
