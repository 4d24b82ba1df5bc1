namespace Handler;

/// <summary>
/// How much a pool admits, and which parent pools it asks. All options can change while jobs run. Lowering a limit never kills a job; it
/// only stops admission.
/// </summary>
public sealed class PoolOptions
{
    internal const int MaxWeight = 10_000;

    /// <summary>The maximum number of jobs that run at the same time. Default: 100. Range: 0 (admits nothing) to 1 000 000.</summary>
    [AllowedRange(0, 1_000_000)]
    public int MaxWorkers { get; set; } = 100;

    /// <summary>
    /// How many bytes of memory the running jobs may reserve together. A job reserves its <see cref="JobLimits.MaxHeapBytes"/>. Default: 10
    /// GiB. Range: 0 to 1 PiB.
    /// </summary>
    [AllowedRange(0, 1L << 50)]
    public long MaxMemoryBytes { get; set; } = 10L << 30;

    /// <summary>
    /// The maximum number of jobs that wait for room, of each child and of the direct callers. Further jobs that ask to wait are rejected.
    /// Default: 1 000. Range: 0 to 1 000 000.
    /// </summary>
    [AllowedRange(0, 1_000_000)]
    public int MaxWaiting { get; set; } = 1_000;

    /// <summary>
    /// The pool's part of what it shares with others: while jobs wait in a parent, or for a worker of a node, a pool of weight 3 gets three
    /// times as many workers, or as much memory, as one of weight 1. Default: 1. Range: 1 to 10 000. Takes effect with the pool's next job.
    /// </summary>
    [AllowedRange(1, MaxWeight)]
    public int Weight { get; set; } = 1;

    /// <summary>
    /// How many workers of its <see cref="Parent"/> the pool can always use. Other children of the parent, and its direct callers, never
    /// get them. They are kept in the pools above the parent too. Needs a <see cref="Parent"/>. All children together must not be
    /// guaranteed more than the parent's <see cref="MaxWorkers"/>. Default: 0. Range: 0 to the pool's own <see cref="MaxWorkers"/>.
    /// </summary>
    [AllowedRange(0, 1_000_000)]
    public int ReservedWorkers { get; set; }

    /// <summary>
    /// How many bytes of memory of its <see cref="Parent"/> the pool's jobs can always reserve, as <see cref="ReservedWorkers"/>. Default:
    /// 0. Range: 0 to the pool's own <see cref="MaxMemoryBytes"/>.
    /// </summary>
    [AllowedRange(0, 1L << 50)]
    public long ReservedMemoryBytes { get; set; }

    /// <summary>
    /// The parent pool, in which each job counts too. Default: <see langword="null"/>, no parent. Cannot be combined with
    /// <see cref="Selector"/>.
    /// </summary>
    public string? Parent { get; set; }

    /// <summary>
    /// The name of a registered <see cref="IPoolSelector"/> that chooses the parent pools of each job. Default: <see langword="null"/>, no
    /// selector.
    /// </summary>
    public string? Selector { get; set; }

    /// <summary>
    /// The name of the profile whose workers run the jobs that callers submit to this pool. Default: <see langword="null"/>, the profile of
    /// the pool's parent; <c>default</c> if no pool above names one. It applies to the jobs that the pool admits from then on.
    /// </summary>
    public string? Profile { get; set; }

    /// <summary>Passed to the selector unchanged.</summary>
    public string? SelectorConfig { get; set; }

    internal PoolOptions Copy() => (PoolOptions)MemberwiseClone();
}
