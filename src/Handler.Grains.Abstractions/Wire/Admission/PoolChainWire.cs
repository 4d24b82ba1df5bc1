using Handler.Pools;

namespace Handler.Grains.Wire;

/// <summary><see cref="PoolChain"/> on the wire.</summary>
[GenerateSerializer]
[Alias("handler.PoolChain")]
[Immutable]
internal struct PoolChainWire
{
    [Id(0)]
    public string? Pool;

    [Id(1)]
    public long Epoch;

    [Id(2)]
    public ulong Route;

    [Id(3)]
    public PoolChain? Above;

    [Id(4)]
    public int Weight;

    [Id(5)]
    public string? OwnProfile;
}

[RegisterConverter]
internal sealed class PoolChainConverter : IConverter<PoolChain, PoolChainWire>
{
    public PoolChain ConvertFromSurrogate(in PoolChainWire wire)
        => new(WireGuard.NotNull(wire.Pool, nameof(wire.Pool)), wire.Epoch, wire.Route, wire.Above)
        {
            Weight = WireGuard.Weight(wire.Weight),
            OwnProfile = wire.OwnProfile,
        };

    public PoolChainWire ConvertToSurrogate(in PoolChain value)
        => new()
        {
            Pool = value.Pool,
            Epoch = value.Epoch,
            Route = value.Route,
            Above = value.Above,
            Weight = value.Weight,
            OwnProfile = value.OwnProfile,
        };
}
