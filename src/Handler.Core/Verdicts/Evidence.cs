using Handler.Platform;

namespace Handler.Verdicts;

/// <summary>
/// The facts about a worker that ended while a job ran. Collected by those who saw them, in no order; what they mean together is
/// for the <see cref="Classifier"/> alone to say.
/// </summary>
internal sealed record Evidence
{
    /// <summary>That this node killed it, and why.</summary>
    public Verdict? Kill { get; init; }

    /// <summary>That the worker ended itself because this node stood still.</summary>
    public bool NodeStoodStill { get; init; }

    /// <summary>That a finalizer threw, which may have been one of an object of an earlier job.</summary>
    public bool ForeignCrash { get; init; }

    /// <summary>What the worker left in the shared page when it ended itself for memory.</summary>
    public MemoryReport? Memory { get; init; }

    /// <summary>That the kernel's memory limit of the worker's control group killed it.</summary>
    public MemoryReport? ControlGroup { get; init; }

    /// <summary>How the process ended.</summary>
    public ExitStatus Status { get; init; }

    /// <summary>The exit code that the worker left in the shared page, for where nobody knows its status.</summary>
    public int? OwnExitCode { get; init; }

    /// <summary>What the runtime wrote on stderr before it aborted: see <see cref="Verdicts.LastWords"/>.</summary>
    public string LastWords { get; init; } = "";
}
