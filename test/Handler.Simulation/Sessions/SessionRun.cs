using Handler.Cluster;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// Runs one seed of clients and nodes that exchange messages of sessions: injects calls and mishaps, stops the mishaps, and checks that
/// each caller was told what its node decided, and that nothing is left.
/// </summary>
internal static class SessionRun
{
    private static readonly TimeSpan FaultsEnd = TimeSpan.FromSeconds(15);

    /// <summary>By then the last late message has arrived, and what the faults left in doubt is decided.</summary>
    private static readonly TimeSpan Quiet = FaultsEnd + NodeTimings.LateArrival;

    private static readonly TimeSpan End = Quiet + TimeSpan.FromSeconds(30);

    /// <summary>By then nodes have forgotten clients that have nothing to ask.</summary>
    private static readonly TimeSpan Forgotten = End + NodeTimings.OutcomeKept + TimeSpan.FromSeconds(2);

    /// <param name="seed">The seed, which decides everything.</param>
    /// <param name="mutant">A deliberate fault.</param>
    /// <param name="trace">Whether to keep the trace.</param>
    public static SeedResult Run(int seed, Mutant? mutant = null, bool trace = false)
        => Mutants.With(mutant, () => Run(seed, trace));

    private static SeedResult Run(int seed, bool trace)
    {
        var world = new World(seed, trace);
        var scenario = new SessionScenario(world) { QuietSince = Quiet };
        world.AfterStep = _ =>
        {
            scenario.Nodes.ForEach(static node => node.ReplyIfThereIsNews());
            foreach (var client in scenario.Clients.Where(static client => client.Process.IsAlive))
                client.Callers.ForEach(static caller => caller.GoOn());
        };
        ScheduleCalls(scenario);
        if (seed % 4 != 0)
            ScheduleFaults(scenario);
        world.RunUntil(End);
        Check(scenario, Waiting(scenario), "never told");
        var sent = scenario.Clients.ConvertAll(static client => client.Sent);
        world.RunUntil(Forgotten);
        Check(scenario, scenario.Nodes.Select(static node => node.Left).Where(static left => left.Length > 0), "left");
        Check(scenario, scenario.Clients.Where((client, at) => client.Sent != sent[at]), "sends although it has nothing to ask");
        var callers = scenario.Clients.SelectMany(static client => client.Callers).ToList();
        return new SeedResult(seed, world.Violation, world.Steps, callers.Count, callers.Count(IsTold), world.Lines);
    }

    private static bool IsTold(SessionCaller caller) => caller.Outcome is not null;

    private static IEnumerable<object> Waiting(SessionScenario scenario)
        => scenario.Clients.Where(static client => client.Process.IsAlive).SelectMany(static client => client.Callers)
            .Where(static caller => !IsTold(caller));

    private static void Check(SessionScenario scenario, IEnumerable<object> wrong, string what)
    {
        if (scenario.World.Violation is null && wrong.FirstOrDefault() is { } one)
            scenario.World.Violate($"{one}: {what}");
    }

    private static void ScheduleCalls(SessionScenario scenario)
    {
        var world = scenario.World;
        foreach (var client in scenario.Clients)
        {
            for (var left = world.Random.Next(1, 60); left > 0; left--)
            {
                var at = world.Between(0, Quiet.TotalMilliseconds + 5_000);
                for (var together = world.Chance(0.1) ? 20 : 1; together > 0; together--)
                {
                    var tellsWhenAdmitted = world.Chance(0.3);
                    world.Schedule(client.Process, at, () => client.Call(tellsWhenAdmitted));
                }
            }
        }
    }

    private static void ScheduleFaults(SessionScenario scenario)
    {
        var world = scenario.World;
        scenario.Faults = new NetworkFaults
        {
            Drop = world.Chance(0.5) ? 0.15 : 0,
            Duplicate = world.Chance(0.3) ? 0.1 : 0,
            Slow = world.Chance(0.5) ? 0.3 : 0,
            SlowMs = world.Chance(0.3) ? 6_000 : 1_500,
        };
        world.Schedule(scenario.Wires, FaultsEnd, () => scenario.Faults = new NetworkFaults());
        for (var left = world.Random.Next(0, 3); left > 0; left--)
            At(() => scenario.Replace(world.Pick(scenario.Nodes)));
        for (var left = world.Random.Next(0, 3); left > 0; left--)
            At(() => Pause(world.Pick(scenario.Nodes).Process));
        if (world.Chance(0.3))
            At(() => Pause(world.Pick(scenario.Clients).Process));
        if (world.Chance(0.2))
            At(() => Kill(world.Pick(scenario.Clients).Process));

        void At(Action fault) => world.Schedule(scenario.Wires, world.Between(0, FaultsEnd.TotalMilliseconds - 7_000), fault);

        void Kill(SimProcess process)
        {
            world.Trace($"{process.Name} dies");
            process.Kill();
        }

        void Pause(SimProcess process)
        {
            var pause = world.Between(500, 7_000);
            world.Trace($"{process.Name} pauses for {pause.TotalMilliseconds:0} ms");
            process.PausedUntil = world.Now + pause.Ticks;
        }
    }
}
