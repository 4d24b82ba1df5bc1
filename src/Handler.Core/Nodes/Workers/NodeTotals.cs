namespace Handler.Nodes;

/// <summary>
/// What the groups of workers of a node have in common: the gate, and the counts of all of them. All members require the gate, unless they
/// say otherwise; <see cref="Dispatcher"/> has the rules.
/// </summary>
/// <param name="maxBusy">How many workers may have jobs at the same time.</param>
internal sealed class NodeTotals(int maxBusy)
{
    /// <summary>Guards everything that the dispatcher's objects, its workers and its jobs share.</summary>
    public Lock Gate { get; } = new();

    /// <summary>How many workers may have jobs at the same time.</summary>
    public int MaxBusy => maxBusy;

    /// <summary>How many workers have jobs.</summary>
    public int Busy { get; set; }

    /// <summary>How many jobs wait.</summary>
    public int Queued { get; set; }

    /// <summary>How many workers stay; see <see cref="Worker.IsStaying"/>.</summary>
    public int Staying { get; set; }

    /// <summary>Whether the node refuses jobs and ends its workers.</summary>
    public bool Closing { get; set; }

    /// <summary>All workers, including those that start or end.</summary>
    public List<Worker> Workers { get; } = [];

    /// <summary>Whether no job runs or waits. Also read without the gate, as a hint.</summary>
    public bool IsQuiet => Busy == 0 && Queued == 0;
}
