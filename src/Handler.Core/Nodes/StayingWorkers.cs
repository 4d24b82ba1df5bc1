using Handler.Workers;

namespace Handler.Nodes;

/// <summary>How many workers there are that stay, kept by the workers themselves, so that nobody has to count them for each job.</summary>
internal sealed class StayingWorkers
{
    /// <summary>Those with <see cref="Worker.IsStaying"/>.</summary>
    public int Staying { get; set; }

    /// <summary>One more, that starts.</summary>
    public WorkerState Join()
    {
        Staying++;
        return WorkerState.Starting;
    }
}
