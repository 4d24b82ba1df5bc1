using Handler.Pools;

namespace Handler.Simulation;

/// <summary>Deliberate faults that the simulation must find.</summary>
internal static class Mutants
{
    public static IReadOnlyDictionary<string, PoolFaults> All { get; } = new Dictionary<string, PoolFaults>
    {
        ["release-lost"] = new() { LosesReleases = true },
        ["epoch-ignored"] = new() { IgnoresEpochs = true },
        ["parent-asked-first"] = new() { AsksParentFirst = true },
        ["parent-share-kept"] = new() { KeepsParentShare = true },
        ["higher-limits-kept"] = new() { KeepsHigherLimits = true },
        ["no-room-given"] = new() { GivesNoRoom = true },
        ["waiter-kept"] = new() { KeepsWaiters = true },
    };
}
