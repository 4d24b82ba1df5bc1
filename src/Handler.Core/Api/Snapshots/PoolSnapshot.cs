namespace Handler;

/// <summary>The state of a pool at one moment.</summary>
public sealed record PoolSnapshot
{
    /// <summary>The pool's name.</summary>
    public required string Pool { get; init; }

    /// <summary>Which activation of the pool answered; goes up with each one.</summary>
    public long Epoch { get; init; }

    /// <summary>The limit of workers.</summary>
    public int MaxWorkers { get; init; }

    /// <summary>The limit of reserved memory, in bytes.</summary>
    public long MaxMemoryBytes { get; init; }

    /// <summary>Workers in use, held ones included. Above the limit only after it was lowered.</summary>
    public int UsedWorkers { get; init; }

    /// <summary>Reserved memory in bytes, held memory included.</summary>
    public long UsedBytes { get; init; }

    /// <summary>The part of the used workers that is held for jobs whose parent pools have not answered yet.</summary>
    public int HeldWorkers { get; init; }

    /// <summary>The part of the used bytes that is held so.</summary>
    public long HeldBytes { get; init; }

    /// <summary>How many jobs wait for room.</summary>
    public int Waiting { get; init; }

    /// <summary>What became of all jobs since this activation began.</summary>
    public required PoolTotals Totals { get; init; }

    /// <summary>The running jobs, those of child pools included, in no particular order.</summary>
    public required IReadOnlyList<RunningJob> Running { get; init; }
}
