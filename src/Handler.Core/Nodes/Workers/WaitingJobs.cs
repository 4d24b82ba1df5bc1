namespace Handler.Nodes;

/// <summary>How many jobs wait for one set of workers that came by the same path.</summary>
internal sealed class WaitingJobs
{
    /// <summary>The workers; <see langword="null"/> before the first such job.</summary>
    public WorkerSet? Set { get; set; }

    public int Count { get; set; }
}
