namespace Handler.Pools;

/// <summary>What a pool is guaranteed in its parent, as that parent or a pool above it knows.</summary>
/// <param name="Pool">The name of the pool.</param>
/// <param name="Parent">Its parent; <see langword="null"/> if that is the pool which has the guarantee in its list.</param>
/// <param name="Workers">Its <see cref="PoolOptions.ReservedWorkers"/>. 0 if only pools below it are guaranteed something.</param>
/// <param name="Bytes">Its <see cref="PoolOptions.ReservedMemoryBytes"/>.</param>
internal readonly record struct Guarantee(string Pool, string? Parent, int Workers, long Bytes)
{
    public Amount Amount => new(Workers, Bytes);

    public override string ToString() => $"{Pool}{(Parent is null ? "" : $" of {Parent}")}: {Workers} workers, {Bytes} bytes";
}
