namespace Handler;

/// <summary>
/// Counts since a pool's activation began. Jobs that were already running then are not counted as admitted, but are counted as ended when
/// they end.
/// </summary>
public sealed record PoolTotals
{
    /// <summary>Jobs admitted by this pool and its parents, including those that their node then rejected.</summary>
    public long Admitted { get; init; }

    /// <summary>
    /// Rejected jobs by reason, whichever pool of the chain rejected them. Includes jobs that the pools had admitted but their node
    /// rejected because its queue was full or it had no room. Does not include jobs whose callers gave up waiting.
    /// </summary>
    public required IReadOnlyDictionary<RejectReason, long> Rejected { get; init; }

    /// <summary>
    /// Jobs that have started and ended, by the kind of their outcome. Kinds that have not occurred are missing.
    /// </summary>
    public required IReadOnlyDictionary<JobOutcomeKind, long> Outcomes { get; init; }

    /// <summary>Jobs that were admitted but never started, because their caller had given up.</summary>
    public long Withdrawn { get; init; }
}
