namespace Handler.Nodes;

/// <summary>The objects of a node that all of its groups of workers use.</summary>
internal sealed class NodeParts
{
    public required HandlerOptions Options { get; init; }

    public required NodeTotals Totals { get; init; }

    public required NodeThreads Threads { get; init; }

    public required InlineContinuations Inline { get; init; }

    public required DispatcherLog Log { get; init; }

    /// <summary>Decides between the groups; <see langword="null"/> if there is only one.</summary>
    public GroupTurns? Turns { get; init; }

    /// <summary>Ensures that the watchdog's next check comes no later than a given time, in Stopwatch ticks.</summary>
    public required Action<long> WakeWatchdogBy { get; init; }

    /// <summary>Creates the thread that will serve a worker.</summary>
    public required Func<Worker, IWorkerThread> CreateThread { get; init; }
}
