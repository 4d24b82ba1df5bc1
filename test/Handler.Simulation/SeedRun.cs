using Handler.Pools;


namespace Handler.Simulation;

/// <summary>Runs one seed: builds a cluster, injects calls and mishaps, stops the mishaps, and checks what is left.</summary>
internal static class SeedRun
{
    private static readonly TimeSpan FaultsEnd = TimeSpan.FromSeconds(15);

    /// <summary>By then every share must be released, and only jobs that run long on purpose are left.</summary>
    private static readonly TimeSpan Rest = FaultsEnd + TimeSpan.FromSeconds(50);

    private static readonly TimeSpan End = FaultsEnd + TimeSpan.FromSeconds(120);

    /// <param name="seed">The seed, which decides everything.</param>
    /// <param name="mutant">A deliberate fault.</param>
    /// <param name="trace">Whether to keep the trace.</param>
    public static SeedResult Run(int seed, Mutant? mutant = null, bool trace = false)
        => Mutants.With(mutant, () => Run(seed, trace));

    private static SeedResult Run(int seed, bool trace)
    {
        var world = new World(seed, trace);
        var cluster = new Cluster(world);
        cluster.HasTurns = seed % 5 == 4;
        var scenario = new Scenario(cluster);
        var chaos = new Chaos(cluster);
        scenario.Build(FaultsEnd);
        if (seed % 4 == 0)
        {
            cluster.WithoutReconciliation = true;
            chaos.LoseMessages();
        }
        else
        {
            chaos.Unleash(FaultsEnd, scenario.BusyTimes);
            if (seed % 3 == 1)
                chaos.LeaveHosts(new Random(seed), scenario.BusyTimes);
        }

        scenario.ScheduleCalls(world.Random.Next(20, 200), FaultsEnd);
        scenario.ScheduleKills(world.Random.Next(0, 8), FaultsEnd);
        scenario.ScheduleChanges(world.Chance(0.5) ? world.Random.Next(1, 8) : 0, FaultsEnd);
        if (seed % 5 == 3)
            scenario.ScheduleGuarantees(new Random(seed));
        world.RunUntil(FaultsEnd);
        chaos.Stop();
        world.RunUntil(Rest);
        if (world.Violation is null)
            cluster.Monitor.CheckRest(everythingEnded: false);
        world.RunUntil(End);
        if (world.Violation is null)
            cluster.Monitor.CheckRest(everythingEnded: true);
        scenario.Probe();
        world.RunUntil(End + TimeSpan.FromSeconds(60));
        if (world.Violation is null && scenario.Probed < cluster.Pools.Names.Count)
            world.Violate("a probe did not return");
        if (world.Violation is null)
            cluster.Monitor.CheckRest(everythingEnded: true);
        return new SeedResult(seed, world.Violation, world.Steps, cluster.Calls.Count, cluster.Monitor.Admitted, world.Lines);
    }
}
