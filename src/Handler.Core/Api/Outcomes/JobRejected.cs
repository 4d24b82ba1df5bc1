using Handler.Functions;

namespace Handler;

/// <summary>The job was not admitted; nothing started.</summary>
/// <param name="Pool">The pool of the chain that refused it; <c>node</c> for the node itself.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="Requested">The requested amount, in the reason's unit (workers, bytes, waiting jobs, milliseconds).</param>
/// <param name="Used">The amount in use, including <see cref="Kept"/>.</param>
/// <param name="Limit">The limit.</param>
public sealed record JobRejected(string Pool, RejectReason Reason, long Requested, long Used, long Limit) : JobFailure(JobOutcomeKind.Rejected)
{
    /// <summary>
    /// The number of jobs waiting in the pool, if the job would have fitted but another job waits ahead of it; otherwise 0.
    /// </summary>
    public int Waiting { get; init; }

    /// <summary>
    /// The part of <see cref="Used"/> that is not in use but kept for the first waiting job, in the reason's unit; 0 if
    /// <see cref="Waiting"/> is 0.
    /// </summary>
    public long Kept { get; init; }

    /// <summary>Details of the reason; <see langword="null"/> if there are none.</summary>
    public string? Detail { get; init; }

    private protected override string Describe() => Reason switch
    {
        RejectReason.NoWorkersAvailable => "No workers available",
        RejectReason.InsufficientMemory => "Not enough memory available",
        RejectReason.QueueFull => $"The queue is full: {Used} of {Limit} jobs are waiting",
        RejectReason.PoolTimeout => $"Could not reach pool within {Limit}ms",
        RejectReason.NoSuchPool => "No Pools Available",
        RejectReason.PayloadTooLarge => $"The job is too large: it has {Requested} bytes, but the silo's MaxPayloadBytes is {Limit}. Capture less, or raise that option on the silos",
        RejectReason.SelectorFailed => "The selector of the pool failed",
        RejectReason.WorkersDoNotStart => $"No worker can be started. {Detail}",
        _ => Reason.ToString(),
    } + (Waiting == 0
        ? $" (pool {Excerpt.OfName(Pool)}: requested {Requested}, used {Used}, limit {Limit})"
        : $": others wait ahead (pool {Excerpt.OfName(Pool)}: requested {Requested}, used {Used}, of which {Kept} are kept for the first of {Waiting} that wait, limit {Limit})");

    internal override Exception ToException(JobUsage? usage) => new JobRejectedException(this);
}
