namespace Handler.Pools;

/// <summary>
/// Why a job was not admitted, with the numbers; see <see cref="JobRejected"/>. A class, not a struct: an admission passes through the same
/// calls as a reject, and copying the space for these numbers through them took a fifth of the admission's time.
/// </summary>
internal sealed record Reject(string Pool, RejectReason Reason, long Requested, long Used, long Limit)
{
    /// <summary>
    /// Whether a parent did not reply because the call failed immediately, for example while the parent moves to another silo. The node
    /// then asks again while there is time. Nothing is held.
    /// </summary>
    public bool AskAgain { get; init; }

    /// <summary>How many jobs waited, if they were the reason for the reject; see <see cref="JobRejected.Waiting"/>.</summary>
    public int Waiting { get; init; }

    /// <summary>The part of <see cref="Used"/> that is reserved for the first of them.</summary>
    public long Kept { get; init; }

    /// <summary>Whether the missing room may be released by other jobs, so that waiting makes sense.</summary>
    public bool MayPass => Reason is RejectReason.NoWorkersAvailable or RejectReason.InsufficientMemory && Requested <= Limit;

    public static Reject Timeout(string pool, TimeSpan limit) => new(pool, RejectReason.PoolTimeout, 0, 0, (long)limit.TotalMilliseconds);

    public JobRejected ToFailure() => new(Pool, Reason, Requested, Used, Limit) { Waiting = Waiting, Kept = Kept };

    public static Reject SelectorFailed(string pool) => new(pool, RejectReason.SelectorFailed, 1, 0, 0);

    public static Reject NoSuchPool(string pool) => new(pool, RejectReason.NoSuchPool, 1, 0, 0);
}
