using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary>What the catalog knows of a pool.</summary>
[GenerateSerializer]
[Alias("handler.CatalogEntry")]
internal sealed record CatalogEntry
{
    [Id(0)]
    public StoredConfiguration Configuration { get; set; } = new();

    /// <summary>The pool as a silo's configuration last brought it; <see langword="null"/> if none has.</summary>
    [Id(1)]
    public StoredConfiguration? Configured { get; set; }

    [Id(2)]
    public long Version { get; set; }

    [Id(3)]
    public bool Removed { get; set; }

    /// <summary>Whether the pool's own record and its grain have been updated to this entry.</summary>
    [Id(4)]
    public bool Followed { get; set; }

    /// <summary>
    /// The ids of the last changes. A request with one of these ids is a repetition: its change was already made, even if others were made
    /// after it.
    /// </summary>
    [Id(5)]
    public Guid[] Changes { get; set; } = [];

    /// <summary>The configuration with the version of this entry.</summary>
    public PoolConfiguration ToConfiguration() => Configuration.ToConfiguration() with { Version = Version };
}
