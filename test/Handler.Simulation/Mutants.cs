using Handler.Pools;

namespace Handler.Simulation;

/// <summary>Deliberate faults that the simulation must find.</summary>
internal static class Mutants
{
    /// <summary>Faults of pools.</summary>
    public static IReadOnlyDictionary<string, Mutant> OfPools { get; } = new Dictionary<string, Mutant>
    {
        ["release-lost"] = new() { LosesReleases = true },
        ["epoch-ignored"] = new() { IgnoresEpochs = true },
        ["parent-asked-first"] = new() { AsksParentFirst = true },
        ["parent-share-kept"] = new() { KeepsParentShare = true },
        ["higher-limits-kept"] = new() { KeepsHigherLimits = true },
        ["no-room-given"] = new() { GivesNoRoom = true },
        ["waiter-kept"] = new() { KeepsWaiters = true },
        ["last-served-first"] = new() { ServesLastFirst = true },
        ["priorities-ignored"] = new() { IgnoresPriorities = true },
        ["overtaking"] = new() { LetsOvertake = true },
        ["weight-ignored"] = new() { IgnoresWeights = true },
        ["credit-hoarded"] = new() { HoardsCredit = true },
        ["head-starved"] = new() { StarvesHeads = true },
        ["head-overtaken-by-idle"] = new() { ForgetsTheJob = true },
        ["turn-endless"] = new() { HasEndlessTurns = true },
        ["guarantee-given-away"] = new() { GivesGuaranteesAway = true },
        ["guaranteed-waits"] = new() { LetsGuaranteedWait = true },
        ["guarantee-held-by-waiters"] = new() { KeepsHeldShares = true },
        ["guarantee-in-parent-only"] = new() { GuaranteesInParentOnly = true },
        ["queue-endless"] = new() { IgnoresMaxWaiting = true },
        ["infeasible-queued"] = new() { QueuesWhatNeverFits = true },
        ["waiters-hidden"] = new() { HidesWhoWaits = true },
        ["removed-admits"] = new() { AdmitsWhenRemoved = true },
        ["removed-asks-on"] = new() { AsksOnWhenRemoved = true },
        ["record-not-read"] = new() { ReadsNoRecord = true },
        ["killed-again"] = new() { KillsAgain = true },
        ["new-parent-given"] = new() { GivesBackToNewParent = true },
        ["stays-at-former-parent"] = new() { StaysAtFormerParent = true },
        ["waiters-kept-when-leaving"] = new() { KeepsWaitersWhenLeaving = true },
        ["overtaking-in-one-step"] = new() { OvertakesInOneStep = true },
        ["overfilled-in-one-step"] = new() { OverfillsInOneStep = true },
        ["above-kept-in-one-step"] = new() { KeepsAboveInOneStep = true },
    };

    /// <summary>Faults of sessions.</summary>
    public static IReadOnlyDictionary<string, Mutant> OfSessions { get; } = new Dictionary<string, Mutant>
    {
        ["given-up-hidden"] = new() { HidesGivenUp = true },
        ["given-up-forgotten"] = new() { ForgetsGivenUp = true },
        ["given-up-told"] = new() { TellsGivenUp = true },
        ["silence-hidden"] = new() { HidesSilence = true },
        ["followed-forgotten"] = new() { ForgetsFollowed = true },
        ["old-nodes-kept"] = new() { KeepsOldNodes = true },
        ["older-message-believed"] = new() { BelievesOlderMessages = true },
        ["taken-twice"] = new() { TakesTwice = true },
        ["nothing-told-again"] = new() { TellsNothingAgain = true },
        ["news-forgotten-early"] = new() { ForgetsNewsEarly = true },
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyDictionary<string, Mutant> All { get; } = OfPools.Concat(OfSessions).ToDictionary();

    /// <summary>Runs a seed with a deliberate fault, if one is given.</summary>
    public static SeedResult With(Mutant? mutant, Func<SeedResult> run)
    {
        Mutant.Active = mutant;
        try
        {
            return run();
        }
        finally
        {
            Mutant.Active = null;
        }
    }
}
