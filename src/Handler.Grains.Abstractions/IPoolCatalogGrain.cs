using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains;

/// <summary>Which pools there are. One for the whole cluster, key 0: changes are checked against all pools, one after the other. Not on the way of jobs.</summary>
[Alias("handler.IPoolCatalogGrain")]
internal interface IPoolCatalogGrain : IGrainWithIntegerKey
{
    /// <inheritdoc cref="ICluster.GetPoolAsync"/>
    [Alias("Get")]
    [ResponseTimeout(GrainCalls.ChangeTimeout)]
    Task<VersionedPool?> GetAsync(string pool);

    /// <inheritdoc cref="ICluster.SetPoolAsync"/>
    /// <param name="pool">The pool's name.</param>
    /// <param name="configuration">What it is to have.</param>
    /// <param name="version">The version that the caller has seen; <see langword="null"/> if there is to be no such pool yet.</param>
    /// <param name="change">Names the change, so that one whose answer was lost can be asked for again.</param>
    /// <param name="by">Who asks for it, for the log.</param>
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
    /// A silo brings the pools of its configuration. What differs from what a silo has brought before takes effect; what does not leaves a change made
    /// meanwhile through the API in force.
    /// </summary>
    /// <param name="pools">The pools of its configuration.</param>
    /// <param name="selectors">The selectors that it has registered.</param>
    /// <param name="silo">Which silo it is, for the log.</param>
    /// <returns>Why the pools are refused, a sentence each; empty when they are in force.</returns>
    [Alias("Configure")]
    Task<IReadOnlyList<string>> ConfigureAsync(Dictionary<string, PoolConfiguration> pools, string[] selectors, string? silo = null);

    /// <summary>
    /// Looks whether storage still has what was written to it. If it has lost that, all pools are written again; where nobody knew them any more, those that a silo's configuration has. Changes nothing else.
    /// </summary>
    [Alias("Restore")]
    Task<IReadOnlyList<string>> RestoreAsync(Dictionary<string, PoolConfiguration> pools, string[] selectors);
}
