namespace Handler;

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
