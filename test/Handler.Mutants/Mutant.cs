namespace Handler.Pools;

/// <summary>Deliberate faults of pools, with which the tests prove that the simulation would find such a fault. Mutations.txt says where they are.</summary>
internal sealed record Mutant
{
    /// <summary>The faults that are turned on for what this thread runs; <see langword="null"/> for none.</summary>
    [ThreadStatic]
    public static Mutant? Active;

    /// <summary>A release that was lost is not sent again.</summary>
    public bool LosesReleases { get; init; }

    /// <summary>A node does not remember epochs, and so accepts leases of any.</summary>
    public bool IgnoresEpochs { get; init; }

    /// <summary>A pool looks for room, asks the parent, and takes its own share only then.</summary>
    public bool AsksParentFirst { get; init; }

    /// <summary>A pool that takes a request back leaves the parent's share where it is.</summary>
    public bool KeepsParentShare { get; init; }

    /// <summary>A pool whose limits are lowered goes on with the higher ones.</summary>
    public bool KeepsHigherLimits { get; init; }

    /// <summary>What is given back stays free until somebody new comes; who waits for room waits on.</summary>
    public bool GivesNoRoom { get; init; }

    /// <summary>A request that waits for room stays in the queue when it is withdrawn.</summary>
    public bool KeepsWaiters { get; init; }

    /// <summary>Of those who wait for room the last to come is served first.</summary>
    public bool ServesLastFirst { get; init; }

    /// <summary>Among those who wait priorities do not count.</summary>
    public bool IgnoresPriorities { get; init; }

    /// <summary>Who comes takes what room there is, whoever waits for it.</summary>
    public bool LetsOvertake { get; init; }

    /// <summary>Any number may wait.</summary>
    public bool IgnoresMaxWaiting { get; init; }

    /// <summary>Who can never fit waits as well.</summary>
    public bool QueuesWhatNeverFits { get; init; }

    /// <summary>Who is refused because others wait ahead is told what is in use, as if that were the reason.</summary>
    public bool HidesWhoWaits { get; init; }

    /// <summary>A removed pool goes on.</summary>
    public bool AdmitsWhenRemoved { get; init; }

    /// <summary>A removed pool goes on with what it was asking its parents for.</summary>
    public bool AsksOnWhenRemoved { get; init; }

    /// <summary>An activation never looks whether it was replaced, or its pool removed or changed.</summary>
    public bool ReadsNoRecord { get; init; }

    /// <summary>A job that is being killed already is killed, and counted, again.</summary>
    public bool KillsAgain { get; init; }

    /// <summary>What a pool gives back above goes to the parent that it has now, and not to the one that gave it.</summary>
    public bool GivesBackToNewParent { get; init; }

    /// <summary>A pool that gets another parent lets its requests go on at the former one.</summary>
    public bool StaysAtFormerParent { get; init; }

    /// <summary>A pool that leaves lets those go on waiting who wait for its room.</summary>
    public bool KeepsWaitersWhenLeaving { get; init; }

    /// <summary>A pool that admits at once does not look whether somebody waits.</summary>
    public bool OvertakesAtOnce { get; init; }

    /// <summary>A pool that admits at once looks at its own room alone, and not at that above.</summary>
    public bool OverfillsAtOnce { get; init; }

    /// <summary>A pool that gives back at once gives back its own share alone.</summary>
    public bool KeepsAboveAtOnce { get; init; }

    /// <summary>Whether a pool admits and gives back at once, where it can. Not with those faults that are no part of it: they would be met the less often.</summary>
    public bool ActsAtOnce => OvertakesAtOnce || OverfillsAtOnce || KeepsAboveAtOnce;

    /// <summary>The higher one of each limit.</summary>
    public static PoolLimits Higher(PoolLimits one, PoolLimits other)
        => new(Math.Max(one.MaxWorkers, other.MaxWorkers), Math.Max(one.MaxMemoryBytes, other.MaxMemoryBytes));
}
