using Handler.Cluster;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Grains.Pools;

/// <summary>Gives the catalog its one place in the cluster. Not reentrant: calls run one after the other.</summary>
internal sealed class PoolCatalogGrain(HandlerStorage storage, GrainPoolStore store, PoolHost host, ILogger<IPool> logger)
    : Grain, IPoolCatalogGrain
{
    private PoolCatalog catalog = null!;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (this.GetPrimaryKeyLong() != 0)
            throw new InvalidOperationException($"The catalog of pools is grain 0; there is no catalog {this.GetPrimaryKeyLong()}.");
        catalog = new PoolCatalog(storage, this.GetGrainId(), store.VersionAsync, FollowAsync, host.Names, logger, DeactivateOnIdle);
        await catalog.LoadAsync();
    }

    public Task<VersionedPool?> GetAsync(string pool) => Task.FromResult(catalog.Get(pool));

    public Task<PoolChange> SetAsync(string pool, PoolConfiguration configuration, long? version, Guid change, string? by)
        => catalog.SetAsync(pool, configuration, version, change, by);

    public Task<bool> RemoveAsync(string pool, Guid change, string? by) => catalog.RemoveAsync(pool, change, by);

    public Task<IReadOnlyList<string>> ConfigureAsync(
        Dictionary<string, PoolConfiguration> pools, string[] selectors, string[] profiles, string? silo)
        => catalog.ConfigureAsync(pools, new RegisteredNames(selectors, profiles), silo);

    public Task<IReadOnlyList<string>> RestoreAsync(Dictionary<string, PoolConfiguration> pools, string[] selectors, string[] profiles)
        => catalog.RestoreAsync(pools, new RegisteredNames(selectors, profiles));

    private async Task FollowAsync(string pool, PoolConfiguration configuration, bool removed)
    {
        await store.FollowAsync(pool, configuration, removed);
        await GrainFactory.GetGrain<IPoolGrain>(pool).FollowAsync();
    }
}
