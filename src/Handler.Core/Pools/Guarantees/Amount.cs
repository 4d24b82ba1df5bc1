namespace Handler.Pools;

/// <summary>So much of what a pool limits.</summary>
internal readonly record struct Amount(long Workers, long Bytes)
{
    public bool IsZero => this == default;

    /// <summary>The sum, or the largest number if the bytes are more than that.</summary>
    public static Amount operator +(Amount one, Amount other)
        => new(one.Workers + other.Workers, one.Bytes > long.MaxValue - Math.Max(0, other.Bytes) ? long.MaxValue : one.Bytes + other.Bytes);

    public static Amount operator -(Amount one, Amount other) => new(one.Workers - other.Workers, one.Bytes - other.Bytes);

    /// <summary>The larger number of workers, and the larger number of bytes.</summary>
    public static Amount Max(Amount one, Amount other) => new(Math.Max(one.Workers, other.Workers), Math.Max(one.Bytes, other.Bytes));
}
