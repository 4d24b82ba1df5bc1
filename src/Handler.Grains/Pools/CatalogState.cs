using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary>All pools of the cluster in one record.</summary>
[GenerateSerializer]
[Alias("handler.CatalogState")]
internal sealed class CatalogState
{
    /// <summary>The name of the record in storage.</summary>
    public const string RecordName = "handler-catalog";

    [Id(0)]
    public Dictionary<string, CatalogEntry> Pools { get; set; } = new(StringComparer.Ordinal);

    /// <summary>How often the record was written. Storage with a lower number has lost the last writes.</summary>
    [Id(1)]
    public long Revision { get; set; }

    /// <summary>The options of all pools that exist.</summary>
    public Dictionary<string, PoolOptions> ToOptions()
        => Pools
            .Where(static pool => !pool.Value.Removed)
            .ToDictionary(
                static pool => pool.Key, static pool => pool.Value.Configuration.ToConfiguration().ToOptions(), StringComparer.Ordinal);

    /// <summary>The configuration of a pool, with what it keeps for the pools below it.</summary>
    /// <param name="pool">The pool's name; the state must have it.</param>
    /// <param name="guarantees">What all pools keep, by <see cref="PoolGuarantees.Of"/>.</param>
    public PoolConfiguration ConfigurationOf(string pool, Dictionary<string, GuaranteeList> guarantees)
        => Pools[pool].ToConfiguration() with { Guarantees = guarantees.GetValueOrDefault(pool, GuaranteeList.None) };
}
