namespace Handler.Nodes;

/// <summary>
/// Workers that may run the same jobs: those of a profile or, if the pools of the profile do not share workers, those of one pool. Idle
/// workers that have run no job belong to the profile's own group, from which its pools take them.
/// </summary>
internal sealed class WorkerGroup : WorkerSet
{
    /// <param name="profile">How the workers are made.</param>
    /// <param name="pool">The one pool whose jobs they run; <see langword="null"/> if there is no such limit.</param>
    /// <param name="stock">Has workers that have run no job; <see langword="null"/> if this group starts all of its workers.</param>
    /// <param name="node">What all groups use.</param>
    public WorkerGroup(WorkerProfile profile, string? pool, WorkerGroup? stock, NodeParts node)
        : base(node.Totals, node.Options.MaxMemoryBytes, node.Turns?.Shares)
    {
        (Profile, Pool, Stock) = (profile, pool, stock);
        Key = $"\u0001{profile.Name}\u0001{pool}"; // names have no control characters
        var plan = stock is null
            ? new WorkerPlan(profile.Options.MinWorkers, node.Options.MaxWorkers, profile.Options.SpareWorkers)
            : new WorkerPlan(0, node.Options.MaxWorkers, 0);
        SendAhead = new SendAhead(node.Options.MaxSentAhead, Queue);
        Starts = new WorkerStarts(this, plan, node);
        Retirement = new WorkerRetirement(this, Starts, SendAhead, profile.Options.Recycling, node.WakeWatchdogBy);
        Assignment = new Assignment(this, Retirement, SendAhead, node.Turns, node.WakeWatchdogBy);
        Ended = new ExitedWorkers(this, SendAhead, node.Turns, node.Options.MaxWorkers);
    }

    public WorkerProfile Profile { get; }

    /// <summary>The one pool whose jobs the workers run; <see langword="null"/> if there is no such limit.</summary>
    public string? Pool { get; }

    public SendAhead SendAhead { get; }

    public WorkerStarts Starts { get; }

    public WorkerRetirement Retirement { get; }

    public Assignment Assignment { get; }

    public ExitedWorkers Ended { get; }

    /// <summary>The group that has a worker.</summary>
    public static WorkerGroup Of(Worker worker) => (WorkerGroup)worker.Set;
}
