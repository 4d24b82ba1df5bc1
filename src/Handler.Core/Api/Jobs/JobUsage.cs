namespace Handler;

/// <summary>The resources that a started job used.</summary>
public sealed record JobUsage
{
    /// <summary>
    /// Wall-clock time from the start of the function to its end, as measured by the worker. Never longer than the time between sending the
    /// job and receiving its result.
    /// </summary>
    public TimeSpan RunTime { get; init; }

    /// <summary>
    /// CPU time of all threads of the worker process while the function ran, without the processes that the function started. For
    /// runs longer than 1 ms the value is checked against the kernel's figures.
    /// </summary>
    public TimeSpan CpuTime { get; init; }

    /// <summary>Time from the call until the function started.</summary>
    public TimeSpan QueueTime { get; init; }

    /// <summary>The largest growth of the managed heap that was seen, in bytes. Short jobs are measured only at their end.</summary>
    public long PeakManagedBytes { get; init; }

    /// <summary>
    /// The most memory that the worker process was seen to hold while the job ran, in bytes. This includes the memory that it held before
    /// the job. In jobs of 150 ms or more the processes that the job started count too. Pages of files do not count. See docs/limits.md.
    /// </summary>
    public long PeakResidentBytes { get; init; }

    /// <summary>Process id of the worker that ran the job.</summary>
    public int WorkerPid { get; init; }

    /// <summary>The attempt's id, unique within the node. A job is attempted at most once.</summary>
    public long AttemptId { get; init; }
}
