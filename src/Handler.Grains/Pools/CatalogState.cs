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
}
