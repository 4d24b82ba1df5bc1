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
    /// CPU time of all threads of the worker process while the function ran, and of the processes that the function started. For runs
    /// longer than 1 ms the value is checked against the kernel's figures. A process that runs on when the function ends counts only as far
    /// as the node has seen it. See docs/limits.md.
    /// </summary>
    public TimeSpan CpuTime { get; init; }

    /// <summary>Time from the call until the function started.</summary>
    public TimeSpan QueueTime { get; init; }

    /// <summary>The largest growth of the managed heap that was seen, in bytes. Short jobs are measured only at their end.</summary>
    public long PeakManagedBytes { get; init; }

    /// <summary>
    /// The most memory that the worker process was seen to hold while the job ran, in bytes. This includes the memory that it held before
    /// the job, and that of the processes that the job started. Pages of files do not count. See docs/limits.md.
    /// </summary>
    public long PeakResidentBytes { get; init; }

    /// <summary>
    /// The most processes that the job was seen to have started and that ran at the same time. A process that lives for less than some
    /// milliseconds may be missed, but if the job waited for any, this is at least 1.
    /// </summary>
    public int PeakProcesses { get; init; }

    /// <summary>
    /// What limited the memory of the job and of the processes that it started: <see cref="LimitEnforcer.Kernel"/> if its worker had a
    /// cgroup, so that nothing could exceed the cgroup's limit even for a moment; otherwise <see cref="LimitEnforcer.Worker"/>, which the
    /// watchdog checks. <see langword="null"/> if it is not known.
    /// </summary>
    public LimitEnforcer? MemoryEnforcer { get; init; }

    /// <summary>Process id of the worker that ran the job.</summary>
    public int WorkerPid { get; init; }

    /// <summary>The attempt's id, unique within the node. A job is attempted at most once.</summary>
    public long AttemptId { get; init; }
}
