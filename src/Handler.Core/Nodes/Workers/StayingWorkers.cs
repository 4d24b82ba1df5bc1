namespace Handler.Nodes;

/// <summary>The number of workers that stay. The workers keep it up to date, so that no job has to count them.</summary>
internal sealed class StayingWorkers
{
    /// <summary>The number of workers with <see cref="Worker.IsStaying"/>.</summary>
    public int Count { get; set; }

    /// <summary>Counts a new worker, which is starting.</summary>
    public WorkerState Add()
    {
        Count++;
        return WorkerState.Starting;
    }
}
