using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// What the node has seen of a job from outside. Most jobs end before the watchdog first looks, so a job gets it with the first look. The
/// watchdog writes it, most of it under the dispatcher's gate.
/// </summary>
internal sealed class JobSeen
{
    /// <summary>When the job started, as first seen; 0 before.</summary>
    public long Start { get; set; }

    /// <summary>How many bytes of responses had arrived from its worker at the last check whether its own response is arriving.</summary>
    public long Received { get; set; }

    /// <summary>The most memory that its worker and the processes it started were seen to hold; 0 before the first measurement.</summary>
    public long PeakMemory { get; set; }

    /// <summary>What the processes that it has started used at the last look; <see langword="null"/> before that.</summary>
    public SessionUse? Started { get; set; }

    /// <summary>The most processes that it was seen to have started.</summary>
    public int PeakProcesses { get; set; }

    /// <summary>The most CPU time that it was seen to have used, in ns.</summary>
    public long Cpu { get; set; }

    /// <summary>The CPU time that its worker had used when the job was assigned, in ns. Read only if the job has a CPU limit.</summary>
    public long CpuBefore { get; set; }

    /// <summary>
    /// The CPU time that the processes of earlier jobs of its worker had used by then, in ns. Read only if the job has a CPU limit; -1 if
    /// it is not known.
    /// </summary>
    public long StartedCpuBefore { get; set; } = -1;
}
