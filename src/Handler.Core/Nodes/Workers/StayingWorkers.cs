namespace Handler.Nodes;

/// <summary>The number of workers of a group that stay. The workers keep it up to date, so that no job has to count them.</summary>
/// <param name="totals">Counts the workers of all groups.</param>
internal sealed class StayingWorkers(NodeTotals totals)
{
    /// <summary>The number of workers with <see cref="Worker.IsStaying"/>.</summary>
    public int Count
    {
        get;
        set
        {
            totals.Staying += value - field;
            field = value;
        }
    }

    /// <summary>Counts a new worker, which is starting.</summary>
    public WorkerState Add()
    {
        Count++;
        return WorkerState.Starting;
    }
}
