namespace Handler;

/// <summary>The state of a pool at one moment.</summary>
public sealed record PoolSnapshot
{
    /// <summary>The pool's name.</summary>
    public required string Pool { get; init; }

    /// <summary>Identifies the activation of the pool that made the snapshot. Increases with each activation.</summary>
    public long Epoch { get; init; }

    /// <summary>The maximum number of workers.</summary>
    public int MaxWorkers { get; init; }

    /// <summary>The limit for reserved memory, in bytes.</summary>
    public long MaxMemoryBytes { get; init; }

    /// <summary>Workers in use, including held ones. Exceeds the limit only after the limit was lowered.</summary>
    public int UsedWorkers { get; init; }

    /// <summary>Reserved memory in bytes, including held memory.</summary>
    public long UsedBytes { get; init; }

    /// <summary>The part of <see cref="UsedWorkers"/> that is held for jobs whose parent pools have not replied yet.</summary>
    public int HeldWorkers { get; init; }

    /// <summary>The part of <see cref="UsedBytes"/> that is held for such jobs.</summary>
    public long HeldBytes { get; init; }

    /// <summary>The workers that the pool is guaranteed in its parent.</summary>
    public int ReservedWorkers { get; init; }

    /// <summary>The memory in bytes that the pool is guaranteed in its parent.</summary>
    public long ReservedMemoryBytes { get; init; }

    /// <summary>Workers that are not in use but kept for pools below this one that are guaranteed them.</summary>
    public int KeptWorkers { get; init; }

    /// <summary>Memory in bytes that is kept for such pools.</summary>
    public long KeptBytes { get; init; }

    /// <summary>The number of jobs that wait for room.</summary>
    public int Waiting { get; init; }

    /// <summary>Counts of admitted, rejected and ended jobs since this activation began.</summary>
    public required PoolTotals Totals { get; init; }

    /// <summary>The running jobs, including those of child pools, in no particular order.</summary>
    public required IReadOnlyList<RunningJob> Running { get; init; }
}
