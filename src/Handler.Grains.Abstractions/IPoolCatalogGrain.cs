using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains;

/// <summary>
/// The pools of the cluster. There is one catalog for the whole cluster, with key 0: it checks changes against all pools, one after the
/// other. Jobs do not use it.
/// </summary>
[Alias("handler.IPoolCatalogGrain")]
internal interface IPoolCatalogGrain : IGrainWithIntegerKey
{
    /// <inheritdoc cref="ICluster.GetPoolAsync"/>
    [Alias("Get")]
    [ResponseTimeout(GrainCalls.ChangeTimeout)]
    Task<VersionedPool?> GetAsync(string pool);

    /// <inheritdoc cref="ICluster.SetPoolAsync"/>
    /// <param name="pool">The pool's name.</param>
    /// <param name="configuration">The new configuration.</param>
    /// <param name="version">The version that the caller has seen; <see langword="null"/> if the pool must not exist yet.</param>
    /// <param name="change">The id of the change. A caller that lost the reply repeats the call with the same id.</param>
    /// <param name="by">The name of the caller, for the log.</param>
    [Alias("Set")]
    [ResponseTimeout(GrainCalls.ChangeTimeout)]
    Task<PoolChange> SetAsync(string pool, PoolConfiguration configuration, long? version, Guid change, string? by = null);

    /// <inheritdoc cref="ICluster.RemovePoolAsync"/>
    /// <param name="pool">The pool's name.</param>
    /// <param name="change">As for <see cref="SetAsync"/>.</param>
    /// <param name="by">As for <see cref="SetAsync"/>.</param>
    [Alias("Remove")]
    [ResponseTimeout(GrainCalls.ChangeTimeout)]
    Task<bool> RemoveAsync(string pool, Guid change, string? by = null);

    /// <summary>
    /// Takes the pools of a silo's configuration. A pool that differs from what a silo has brought before takes effect. For one that does
    /// not differ, a change made meanwhile through the API stays in force.
    /// </summary>
    /// <param name="pools">The pools of the silo's configuration.</param>
    /// <param name="selectors">The selectors that the silo has registered.</param>
    /// <param name="profiles">The profiles that it has besides the default profile.</param>
    /// <param name="silo">The name of the silo, for the log.</param>
    /// <returns>Why the pools are refused, a sentence each; empty if they are accepted.</returns>
    [Alias("Configure")]
    Task<IReadOnlyList<string>> ConfigureAsync(
        Dictionary<string, PoolConfiguration> pools, string[] selectors, string[] profiles, string? silo = null);

    /// <summary>
    /// Checks whether storage still has what was written to it. If it has lost data, writes again all pools that the catalog knows, and
    /// adds pools of the silo's configuration that the catalog does not know. Changes nothing else.
    /// </summary>
    [Alias("Restore")]
    Task<IReadOnlyList<string>> RestoreAsync(Dictionary<string, PoolConfiguration> pools, string[] selectors, string[] profiles);
}
