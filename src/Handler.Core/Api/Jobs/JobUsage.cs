namespace Handler;

/// <summary>What a job that started has used.</summary>
public sealed record JobUsage
{
    /// <summary>Wall-clock time from the start of the function to its end, as the worker measured it. Never longer than the time between sending the job and receiving its answer.</summary>
    public TimeSpan RunTime { get; init; }

    /// <summary>
    /// Processor time of the worker process while the function ran, all its threads together, without the processes that it started. For runs of more than 1 ms it is checked against what the
    /// kernel says.
    /// </summary>
    public TimeSpan CpuTime { get; init; }

    /// <summary>Time from the call until the function started.</summary>
    public TimeSpan QueueTime { get; init; }

    /// <summary>The largest growth of the managed heap that was seen, in bytes. Short jobs are measured at their end only.</summary>
    public long PeakManagedBytes { get; init; }

    /// <summary>
    /// The most memory that the worker process was seen to hold while the job ran, in bytes, what it held before included. In jobs of 150 ms or more the processes that the job started count too.
    /// Pages of files do not count. See docs/limits.md.
    /// </summary>
    public long PeakResidentBytes { get; init; }

    /// <summary>Process id of the worker that ran the job.</summary>
    public int WorkerPid { get; init; }

    /// <summary>This attempt's id, unique within the node. A job is attempted at most once.</summary>
    public long AttemptId { get; init; }
}
