namespace Handler;

/// <summary>How much a pool admits, and which pools it asks besides. All can change while jobs run; a lower limit never kills, it only stops admission.</summary>
public sealed class PoolOptions
{
    /// <summary>How many jobs run at the same time at most. Default 100; from 0 (admits nothing) to 1 000 000.</summary>
    public int MaxWorkers { get; set; } = 100;

    /// <summary>How much memory the running jobs may reserve together, in bytes; a job reserves its <see cref="JobLimits.MaxHeapBytes"/>. Default 10 GiB; from 0 to 1 PiB.</summary>
    public long MaxMemoryBytes { get; set; } = 10L << 30;

    /// <summary>How many jobs may wait for room at most, where they asked to wait; one more is rejected. Default 1 000; from 0 to 1 000 000.</summary>
    public int MaxWaiting { get; set; } = 1_000;

    /// <summary>The parent pool: each job counts there too. <see langword="null"/> (default) for none; not together with <see cref="Selector"/>.</summary>
    public string? DelegateTo { get; set; }

    /// <summary>The name of a registered <see cref="IPoolSelector"/> that chooses the parent pool of each job. <see langword="null"/> (default) for none.</summary>
    public string? Selector { get; set; }

    /// <summary>Handed to the selector as it is.</summary>
    public string? SelectorConfig { get; set; }

    internal PoolOptions Copy() => (PoolOptions)MemberwiseClone();
}
