using System.Text.Json.Serialization;
using Handler.Functions;

namespace Handler;

/// <summary>The job was not admitted; nothing started.</summary>
/// <param name="Pool">
/// The pool that rejected it: the one that was asked, or one of its parents. <see langword="null"/> if no pool did but the node: its queue
/// is full, it lacks workers or memory, it cannot start workers, or the job is too large.
/// </param>
/// <param name="Reason">Why it was rejected.</param>
/// <param name="Requested">The requested amount, in the reason's unit (workers, bytes, waiting jobs, milliseconds).</param>
/// <param name="Used">
/// The amount in use, including <see cref="Kept"/>. Only <see cref="Kept"/> if others are guaranteed so much that the job would not fit if
/// nothing ran.
/// </param>
/// <param name="Limit">The limit.</param>
[JsonConverter(typeof(JobFailureJsonConverter))]
public sealed record JobRejected(string? Pool, RejectReason Reason, long Requested, long Used, long Limit)
    : JobFailure(JobOutcomeKind.Rejected)
{
    /// <summary>
    /// The number of jobs waiting in the pool, if the job would have fitted but another job waits ahead of it; otherwise 0.
    /// </summary>
    public int Waiting { get; init; }

    /// <summary>
    /// The part of <see cref="Used"/> that is not in use but kept, in the reason's unit: for the waiting job that is ahead if
    /// <see cref="Waiting"/> is not 0, otherwise for pools that are guaranteed it (<see cref="PoolOptions.ReservedWorkers"/>).
    /// </summary>
    public long Kept { get; init; }

    /// <summary>
    /// A pool that is guaranteed at least a part of <see cref="Kept"/>; <see langword="null"/> if nothing is kept for a guarantee. There
    /// may be more such pools.
    /// </summary>
    public string? KeptFor { get; init; }

    /// <summary>Details of the reason; <see langword="null"/> if there are none.</summary>
    public string? Detail { get; init; }

    private string Place => Pool is null ? "the node" : $"pool {Excerpt.OfName(Pool)}";

    private protected override string Describe() => Reason switch
    {
        RejectReason.NoWorkersAvailable => $"No workers available{Amounts()}",
        RejectReason.InsufficientMemory => $"Not enough memory available{Amounts()}",
        RejectReason.QueueFull => $"The queue of {Place} is full: {Used} jobs are waiting, {Limit} may wait",
        RejectReason.PoolTimeout => $"Could not reach {(Pool is null ? "a node" : Place)} within {Limit} ms",
        RejectReason.NoSuchPool => $"There is no pool named \"{Excerpt.OfName(Pool ?? "")}\"",
        RejectReason.NoParentSelected => $"The selector of {Place} returned no parent",
        RejectReason.SelectorFailed => $"The selector of {Place} failed; the log has details",
        RejectReason.PayloadTooLarge => $"The job is too large: it has {Requested} bytes, but the silo's MaxPayloadBytes is {Limit}. "
            + "Capture less, or raise that option on the silos",
        RejectReason.NoSuchProfile => $"The profile of {Place} is \"{Excerpt.OfName(Detail ?? "")}\", and the node has no such profile",
        RejectReason.WorkersDoNotStart => $"No worker can be started. {Detail}",
        _ => $"{Reason}{Amounts()}",
    };

    private string Amounts() => Waiting == 0
        ? IsInfeasible ? Never() : $" ({Place}: requested {Requested}, used {Used}, limit {Limit}{Guaranteed()})"
        : $": other jobs wait ahead ({Place}: requested {Requested}, used {Used}, limit {Limit}; "
            + $"{Kept} of what is used are kept for one of {Waiting} waiting jobs)";

    /// <summary>Whether others are guaranteed so much that the job would not fit if nothing ran.</summary>
    private bool IsInfeasible => KeptFor is not null && Requested > Limit - Kept;

    private string Never()
        => $" beside the guarantees of other pools ({Place}: requested {Requested}, limit {Limit}, "
            + $"of which {Kept} are guaranteed to pools such as {Excerpt.OfName(KeptFor!)}). "
            + "The job is never admitted while these guarantees stand";

    private string Guaranteed() => KeptFor is null
        ? ""
        : $"; {Kept} of what is used are kept for guarantees of pools, such as {Excerpt.OfName(KeptFor)}";
}
