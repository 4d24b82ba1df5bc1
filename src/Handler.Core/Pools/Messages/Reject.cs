using Handler.Verdicts;

namespace Handler.Pools;

/// <summary>
/// Why a job was not admitted, with the numbers; see <see cref="Rejected{T}"/>. An object and not a value: a yes passes through all the
/// hands that a no does, and copying room for these numbers from hand to hand took a fifth of its time.
/// </summary>
internal sealed record Reject(string Pool, RejectReason Reason, long Requested, long Used, long Limit)
{
    /// <summary>Whether a parent gave no answer because the call failed at once, as while it moves to another silo: the node asks again while there is time. Nothing is held.</summary>
    public bool AskAgain { get; init; }

    /// <summary>How many jobs waited, where it is they who were in the way; see <see cref="Rejected{T}.Waiting"/>.</summary>
    public int Waiting { get; init; }

    /// <summary>The part of <see cref="Used"/> that is kept for the first of them.</summary>
    public long Kept { get; init; }

    /// <summary>Whether room was missing that others may give back, so that waiting makes sense.</summary>
    public bool MayPass => Reason is RejectReason.NoWorkersAvailable or RejectReason.InsufficientMemory && Requested <= Limit;

    public static Reject Timeout(string pool, TimeSpan limit) => new(pool, RejectReason.PoolTimeout, 0, 0, (long)limit.TotalMilliseconds);

    public Verdict.Rejected ToVerdict() => new(Pool, Reason, Requested, Used, Limit) { Waiting = Waiting, Kept = Kept };

    public static Reject SelectorFailed(string pool) => new(pool, RejectReason.SelectorFailed, 1, 0, 0);

    public static Reject NoSuchPool(string pool) => new(pool, RejectReason.NoSuchPool, 1, 0, 0);
}
