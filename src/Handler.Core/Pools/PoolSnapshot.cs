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

/// <summary>One job that counts in a pool.</summary>
/// <param name="Job">Its id.</param>
/// <param name="Name">Its name, if it has one.</param>
/// <param name="Node">The node that runs it.</param>
/// <param name="Bytes">The memory it reserves.</param>
/// <param name="Age">How long it has had its share; counted from the recovery for jobs older than this activation.</param>
public sealed record RunningJob(JobId Job, string? Name, string Node, long Bytes, TimeSpan Age);

/// <summary>Counts since a pool's activation began. What ran for the pool before is not among the admitted, but among the ended when it ends.</summary>
public sealed record PoolTotals
{
    /// <summary>Jobs admitted by this pool and its parents, also those that their node then refused.</summary>
    public long Admitted { get; init; }

    /// <summary>
    /// Jobs rejected, by reason, whichever pool of the chain refused them, and also those that the pools had admitted and their node refused because its
    /// queue was full or it had no room. Who gave up waiting is not among them.
    /// </summary>
    public required IReadOnlyDictionary<RejectReason, long> Rejected { get; init; }

    /// <summary>Jobs that ended, by the name of their outcome. <c>Withdrawn</c> are those that were admitted but never started, because whoever asked had given up.</summary>
    public required IReadOnlyDictionary<string, long> Ended { get; init; }
}
