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

    public static StoredPool Of(PoolRecord record)
        => new()
        {
            Epoch = record.Epoch,
            Removed = record.Removed,
            Configuration = StoredConfiguration.Of(record.Configuration),
        };

    public PoolRecord ToRecord() => new(Configuration.ToConfiguration(), Epoch) { Removed = Removed };
}
