namespace Handler;

/// <summary>Which layer of the memory limit a job ran into.</summary>
public enum MemoryLimitSource
{
    /// <summary>Live managed objects, as the worker's monitor measured them after a full collection.</summary>
    ManagedHeap = 1,

    /// <summary>An <see cref="OutOfMemoryException"/> in the worker, whether or not the job caught it.</summary>
    AllocationFailure = 2,

    /// <summary>Resident memory of the process, as the worker's monitor measured it.</summary>
    ResidentMemory = 3,

    /// <summary>Resident memory of the process, as the node's watchdog measured it from outside.</summary>
    Watchdog = 4,

    /// <summary>The kernel, by the memory limit of the worker's control group.</summary>
    ControlGroup = 5,
}

/// <summary>Who asked for a job to be killed.</summary>
public enum KillCause
{
    /// <summary>The caller's cancellation token was cancelled.</summary>
    CallerCancelled = 1,

    /// <summary>Somebody killed the job, by id, by name or with its whole pool.</summary>
    UserKilled = 2,

    /// <summary>The node is shutting down.</summary>
    Shutdown = 3,
}

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
}
