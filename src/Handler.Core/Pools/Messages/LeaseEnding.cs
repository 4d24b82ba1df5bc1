namespace Handler.Pools;

/// <summary>How the job of a lease ended, for the pool's totals.</summary>
internal enum LeaseEnding : byte
{
    Completed = 1,
    Failed = 2,
    TimedOut = 3,
    OutOfMemory = 4,
    Exited = 5,
    Killed = 6,

    /// <summary>Its node died, or does not know the job.</summary>
    Lost = 7,

    /// <summary>
    /// The requester gave up, or undoes a step: the job never started. What the pool got from its parents for it is released too.
    /// </summary>
    Withdrawn = 8,

    /// <summary>Its node refused it because its queue was full: the job never started.</summary>
    RefusedQueueFull = 9,

    /// <summary>Its node refused it for lack of workers.</summary>
    RefusedNoWorkers = 10,

    /// <summary>Its node refused it for lack of memory.</summary>
    RefusedNoMemory = 11,
}

/// <summary>
/// Conversions. A job that its node refused never started: for its caller it is a reject like any other, and the totals count it as one.
/// </summary>
internal static class LeaseEndings
{
    /// <summary>How a lease ends, given its job's verdict, or <see langword="null"/> if the job has a value.</summary>
    public static LeaseEnding Of(JobFailure? verdict) => verdict switch
    {
        null => LeaseEnding.Completed,
        JobFailed => LeaseEnding.Failed,
        JobTimedOut => LeaseEnding.TimedOut,
        JobOutOfMemory => LeaseEnding.OutOfMemory,
        JobExited => LeaseEnding.Exited,
        JobKilled => LeaseEnding.Killed,
        JobRejected rejected => RefusedFor(rejected.Reason),
        _ => LeaseEnding.Lost,
    };

    /// <summary>How a lease ends if the node refused the job.</summary>
    public static LeaseEnding RefusedFor(RejectReason reason) => reason switch
    {
        RejectReason.NoWorkersAvailable or RejectReason.WorkersDoNotStart => LeaseEnding.RefusedNoWorkers,
        RejectReason.InsufficientMemory => LeaseEnding.RefusedNoMemory,
        _ => LeaseEnding.RefusedQueueFull,
    };

    /// <summary>Why the node refused it, if it did.</summary>
    public static RejectReason? Refusal(this LeaseEnding ending) => ending switch
    {
        LeaseEnding.RefusedQueueFull => RejectReason.QueueFull,
        LeaseEnding.RefusedNoWorkers => RejectReason.NoWorkersAvailable,
        LeaseEnding.RefusedNoMemory => RejectReason.InsufficientMemory,
        _ => null,
    };
}
