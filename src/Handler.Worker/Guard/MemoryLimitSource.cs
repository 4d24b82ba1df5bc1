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
