namespace Handler.Pools;

/// <summary>
/// How the job of a lease ended, as far as pools need it: the kind of its outcome, and the reason if its node rejected it after the pools
/// had admitted it. The default value stands for a job that never started because its request was withdrawn.
/// </summary>
/// <param name="Kind">The kind of the job's outcome; 0 if it was withdrawn.</param>
/// <param name="Reason">Why the node rejected it; 0 unless it did.</param>
internal readonly record struct LeaseOutcome(JobOutcomeKind Kind, RejectReason Reason = default)
{
    /// <summary>
    /// Whether the worker of the job should go on with jobs of the same pool: its start cost others a worker, and its turn is not over.
    /// </summary>
    public bool HasTurnLeft { get; init; }

    /// <summary>
    /// The requester gave up, or undoes a step: the job never started. What the pool got from its parents for it is released too.
    /// </summary>
    public static LeaseOutcome Withdrawn => default;

    public static LeaseOutcome Completed => new(JobOutcomeKind.Completed);

    /// <summary>How a lease ends, given its job's failure, or <see langword="null"/> if the job has a value.</summary>
    public static LeaseOutcome Of(JobFailure? failure) => failure switch
    {
        null => Completed,
        JobRejected rejected => new LeaseOutcome(JobOutcomeKind.Rejected, rejected.Reason),
        _ => new LeaseOutcome(failure.Kind),
    };

    public override string ToString() => this == Withdrawn ? nameof(Withdrawn)
        : Kind == JobOutcomeKind.Rejected ? $"{Kind} ({Reason})"
        : Kind.ToString();
}
