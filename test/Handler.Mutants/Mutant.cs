namespace Handler.Pools;

/// <summary>
/// Deliberate faults of pools and sessions. With them the tests prove that the simulation would find such a fault. Mutations.txt says
/// where they are.
/// </summary>
internal sealed record Mutant
{
    /// <summary>The faults that are turned on for code that runs on this thread; <see langword="null"/> for none.</summary>
    [ThreadStatic]
    public static Mutant? Active;

    /// <summary>A lost release is not sent again.</summary>
    public bool LosesReleases { get; init; }

    /// <summary>A node does not remember epochs, so it accepts leases of any epoch.</summary>
    public bool IgnoresEpochs { get; init; }

    /// <summary>A pool checks for room, asks the parent, and takes its own share only then.</summary>
    public bool AsksParentFirst { get; init; }

    /// <summary>A pool that withdraws a request does not release the parent's share.</summary>
    public bool KeepsParentShare { get; init; }

    /// <summary>A pool whose limits are lowered continues with the higher ones.</summary>
    public bool KeepsHigherLimits { get; init; }

    /// <summary>Released capacity stays free until a new job comes; jobs that wait for room continue to wait.</summary>
    public bool GivesNoRoom { get; init; }

    /// <summary>A request that waits for room stays in the queue when it is withdrawn.</summary>
    public bool KeepsWaiters { get; init; }

    /// <summary>Among the jobs that wait for room, the last to come is served first.</summary>
    public bool ServesLastFirst { get; init; }

    /// <summary>Priorities do not count among waiting jobs.</summary>
    public bool IgnoresPriorities { get; init; }

    /// <summary>A new job takes any free room, even if others wait for it.</summary>
    public bool LetsOvertake { get; init; }

    /// <summary>Children of different weights get the same share.</summary>
    public bool IgnoresWeights { get; init; }

    /// <summary>A child that was idle makes up for what it did not use.</summary>
    public bool HoardsCredit { get; init; }

    /// <summary>A large job is overtaken as long as smaller ones come.</summary>
    public bool StarvesHeads { get; init; }

    /// <summary>
    /// Whether a job overtakes a larger one depends on what its child uses without it. So a child that uses nothing may always do so.
    /// </summary>
    public bool ForgetsTheJob { get; init; }

    /// <summary>Others get what a child is guaranteed and does not use.</summary>
    public bool GivesGuaranteesAway { get; init; }

    /// <summary>A child waits for what it is guaranteed until it is next in the fair order.</summary>
    public bool LetsGuaranteedWait { get; init; }

    /// <summary>Jobs that wait above keep their shares in a pool although it is to keep that room for others now.</summary>
    public bool KeepsHeldShares { get; init; }

    /// <summary>Pools above the parent do not keep what a pool is guaranteed.</summary>
    public bool GuaranteesInParentOnly { get; init; }

    /// <summary>The next job of the same pool follows even if the turn of the worker is over.</summary>
    public bool HasEndlessTurns { get; init; }

    /// <summary>Any number of jobs may wait.</summary>
    public bool IgnoresMaxWaiting { get; init; }

    /// <summary>An infeasible job waits too.</summary>
    public bool QueuesWhatNeverFits { get; init; }

    /// <summary>A job that is rejected because others wait ahead of it reports what is in use, as if that were the reason.</summary>
    public bool HidesWhoWaits { get; init; }

    /// <summary>A removed pool continues.</summary>
    public bool AdmitsWhenRemoved { get; init; }

    /// <summary>A removed pool continues with its requests to its parents.</summary>
    public bool AsksOnWhenRemoved { get; init; }

    /// <summary>An activation never checks whether it was replaced, or whether its pool was removed or changed.</summary>
    public bool ReadsNoRecord { get; init; }

    /// <summary>A job that is already being killed is killed and counted again.</summary>
    public bool KillsAgain { get; init; }

    /// <summary>A pool releases a share above to its present parent, not to the parent that granted it.</summary>
    public bool GivesBackToNewParent { get; init; }

    /// <summary>A pool that gets another parent leaves its requests at the former one.</summary>
    public bool StaysAtFormerParent { get; init; }

    /// <summary>A pool that leaves lets the jobs that wait for its room continue to wait.</summary>
    public bool KeepsWaitersWhenLeaving { get; init; }

    /// <summary>A pool that admits in one step does not check whether a job waits.</summary>
    public bool OvertakesInOneStep { get; init; }

    /// <summary>A pool that admits in one step checks only its own room, not the room above.</summary>
    public bool OverfillsInOneStep { get; init; }

    /// <summary>A pool that releases in one step releases only its own share, not those above.</summary>
    public bool KeepsAboveInOneStep { get; init; }

    /// <summary>A client does not name a message that it has given up.</summary>
    public bool HidesGivenUp { get; init; }

    /// <summary>A client names a message that it has given up only once, although that may be lost too.</summary>
    public bool ForgetsGivenUp { get; init; }

    /// <summary>A client does not notice that a node is silent.</summary>
    public bool HidesSilence { get; init; }

    /// <summary>A client does not follow a call again after the message that asked for that was lost.</summary>
    public bool ForgetsFollowed { get; init; }

    /// <summary>A client keeps the first list of nodes.</summary>
    public bool KeepsOldNodes { get; init; }

    /// <summary>What an older message says counts although a newer one has arrived before it.</summary>
    public bool BelievesOlderMessages { get; init; }

    /// <summary>A message that comes twice is taken as two.</summary>
    public bool TakesTwice { get; init; }

    /// <summary>News go into replies that the client no longer waits for.</summary>
    public bool TellsGivenUp { get; init; }

    /// <summary>News in a reply that was given up are not told again.</summary>
    public bool TellsNothingAgain { get; init; }

    /// <summary>News are forgotten while their reply may still be lost.</summary>
    public bool ForgetsNewsEarly { get; init; }

    /// <summary>
    /// Whether a pool admits and releases in one step where it can. It does not for faults outside that path, because they would be hit
    /// less often.
    /// </summary>
    public bool ActsInOneStep => OvertakesInOneStep || OverfillsInOneStep || KeepsAboveInOneStep;

    /// <summary>The higher value of each limit.</summary>
    public static PoolLimits Higher(PoolLimits one, PoolLimits other)
        => new(Math.Max(one.MaxWorkers, other.MaxWorkers), Math.Max(one.MaxMemoryBytes, other.MaxMemoryBytes));
}
