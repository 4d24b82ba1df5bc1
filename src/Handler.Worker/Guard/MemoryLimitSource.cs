using System.Text.Json.Serialization;

namespace Handler;

/// <summary>The layer of the memory limit that a job ran into.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MemoryLimitSource>))]
public enum MemoryLimitSource
{
    /// <summary>Live managed objects, as measured by the worker's monitor after a full collection.</summary>
    ManagedHeap = 1,

    /// <summary>An <see cref="OutOfMemoryException"/> in the worker, whether or not the job caught it.</summary>
    AllocationFailure = 2,

    /// <summary>Resident memory of the worker and the processes that the job started, as measured by the worker's monitor.</summary>
    ResidentMemory = 3,

    /// <summary>The same, as measured from outside by the node's watchdog.</summary>
    Watchdog = 4,

    /// <summary>The kernel, through the memory limit of the worker's cgroup.</summary>
    ControlGroup = 5,

    /// <summary>
    /// The kernel's record of a process that the job started and that ended before it was seen with that much memory, as read by the worker
    /// when the function ended.
    /// </summary>
    EndedProcess = 6,
}
