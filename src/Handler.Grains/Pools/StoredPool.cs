using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary><see cref="PoolRecord"/> in grain storage.</summary>
[GenerateSerializer]
[Alias("handler.StoredPool")]
internal sealed class StoredPool
{
    [Id(0)]
    public long Epoch { get; set; }

    [Id(1)]
    public bool Removed { get; set; }

    [Id(2)]
    public StoredConfiguration Configuration { get; set; } = new();

    /// <summary>What the pool keeps for pools below it, so that an activation knows it before it admits a job.</summary>
    [Id(3)]
    public StoredGuarantee[] Guarantees { get; set; } = [];

    public static StoredPool Of(PoolRecord record)
        => new()
        {
            Epoch = record.Epoch,
            Removed = record.Removed,
            Configuration = StoredConfiguration.Of(record.Configuration),
            Guarantees = [.. record.Configuration.Guarantees.All.Select(StoredGuarantee.Of)],
        };

    public PoolRecord ToRecord()
    {
        var guarantees = new GuaranteeList([.. Guarantees.Select(static guarantee => guarantee.ToGuarantee())]);
        return new PoolRecord(Configuration.ToConfiguration() with { Guarantees = guarantees }, Epoch) { Removed = Removed };
    }
}
