using Handler.Pools;

namespace Handler.Grains.Pools;

/// <summary><see cref="Guarantee"/> in grain storage.</summary>
[GenerateSerializer]
[Alias("handler.StoredGuarantee")]
internal sealed class StoredGuarantee
{
    [Id(0)]
    public string Pool { get; set; } = "";

    [Id(1)]
    public string? Parent { get; set; }

    [Id(2)]
    public int Workers { get; set; }

    [Id(3)]
    public long Bytes { get; set; }

    public static StoredGuarantee Of(Guarantee guarantee)
        => new() { Pool = guarantee.Pool, Parent = guarantee.Parent, Workers = guarantee.Workers, Bytes = guarantee.Bytes };

    public Guarantee ToGuarantee() => new(Pool, Parent, Workers, Bytes);
}
