namespace Handler;

/// <summary>Why a job was not admitted.</summary>
public enum RejectReason
{
    /// <summary>All workers of the pool are taken.</summary>
    NoWorkersAvailable = 1,

    /// <summary>The pool has less memory left than the job reserves.</summary>
    InsufficientMemory = 2,

    /// <summary>The pool did not answer in time.</summary>
    PoolTimeout = 3,

    /// <summary>There is no pool of that name.</summary>
    NoSuchPool = 4,

    /// <summary>As many jobs wait already as may wait.</summary>
    QueueFull = 5,

    /// <summary>The pool's selector threw, none is registered by its name, or selectors have sent the job through more than 64 pools. The log says more.</summary>
    SelectorFailed = 6,

    /// <summary>On a cluster: the function with its captured values is larger than the silo takes (<see cref="CallerOptions.MaxPayloadBytes"/> of its options).</summary>
    PayloadTooLarge = 7,

    /// <summary>
    /// No worker process of the node could be started for as long as <see cref="HandlerOptions.StartTimeout"/>, or workers ended one after the other before they took the job up. The
    /// message says why. The function has not run.
    /// </summary>
    WorkersDoNotStart = 8,
}
