using Handler.Platform;

namespace Handler.Verdicts;

/// <summary>
/// The facts about a worker that exited while a job ran. They are collected in no particular order, by the code that observes them; only
/// the <see cref="Classifier"/> decides what they mean together.
/// </summary>
internal sealed record Evidence
{
    /// <summary>
    /// Why this node killed the worker; <see langword="null"/> if it did not, or only because the worker had closed its response pipe.
    /// </summary>
    public JobFailure? Kill { get; init; }

    /// <summary>
    /// Set if this node killed the worker because it had closed its response pipe. A worker that exits closes its pipes first, so the kill
    /// may have come too late to be the reason.
    /// </summary>
    public JobFailure? ClosedPipe { get; init; }

    /// <summary>Whether the worker ended itself because this node was unresponsive.</summary>
    public bool NodeWasUnresponsive { get; init; }

    /// <summary>Whether a finalizer threw whose object may have belonged to an earlier job.</summary>
    public bool ForeignCrash { get; init; }

    /// <summary>The report that the worker left in the shared page when it ended itself because of a memory limit.</summary>
    public JobOutOfMemory? Memory { get; init; }

    /// <summary>Set if the kernel's memory limit of the worker's cgroup killed a process.</summary>
    public JobOutOfMemory? ControlGroup { get; init; }

    /// <summary>The report that the worker left when it ended itself because of too many processes.</summary>
    public JobLimitExceeded? Processes { get; init; }

    /// <summary>What happened if the kernel ended the worker because of the size of a file: set if the job has its own limit.</summary>
    public JobLimitExceeded? FileLimit { get; init; }

    /// <summary>How the process exited.</summary>
    public ExitStatus Status { get; init; }

    /// <summary>The exit code that the worker left in the shared page, in case its status is unknown.</summary>
    public int? OwnExitCode { get; init; }

    /// <summary>The text that the runtime wrote to stderr before it aborted; see <see cref="Verdicts.LastWords"/>.</summary>
    public string LastWords { get; init; } = "";

    /// <summary>The options of hardening that filter the worker's system calls; <see langword="null"/> for none.</summary>
    public string? Filters { get; init; }
}
