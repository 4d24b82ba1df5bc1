using Xunit;

namespace Handler.Simulation.Tests;

public class SimulationTests
{
    [Fact]
    public void Two_thousand_seeds_keep_every_rule()
    {
        for (var seed = 1; seed <= 2_000; seed++)
        {
            var result = SeedRun.Run(seed);
            Assert.True(result.Violation is null, result.Violation is null ? "" : Explain(seed));
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1234)]
    public void A_seed_replays_exactly(int seed)
    {
        var first = SeedRun.Run(seed, trace: true);
        var second = SeedRun.Run(seed, trace: true);
        Assert.NotEmpty(first.Trace);
        Assert.Equal(first.Trace, second.Trace);
        Assert.Equal(first.Steps, SeedRun.Run(seed).Steps);
    }

    [Fact]
    public void The_seeds_cover_every_kind_of_event()
    {
        var lines = Enumerable.Range(1, 60).SelectMany(seed => SeedRun.Run(seed, trace: true).Trace).ToList();
        string[] kinds =
        [
            "crashes",
            "is declared dead",
            "pauses",
            "the network is cut",
            " dies",
            " leaves",
            "changes to",
            "failed before",
            "failed after",
            "was replaced",
            "Withdrawn",
            "QueueFull",
            "lost",
            "cancelled",
            "completed",
            "killed",
            "inventory",
            "reconcile",
            "acquire from",
            "release to",
            "directly",
            "is closed",
            "is to be removed",
            "has followed",
            "NoSuchPool",
            "NoWorkersAvailable",
            "InsufficientMemory",
            "is refused as",
        ];
        Assert.All(kinds, kind => Assert.Contains(lines, line => line.Contains(kind, StringComparison.Ordinal)));
    }

    public static TheoryData<string> MutantNames => [.. Mutants.OfPools.Keys];

    [Theory]
    [MemberData(nameof(MutantNames))]
    public void A_deliberate_fault_is_found_within_200_seeds(string mutant)
    {
        var found = Enumerable
            .Range(1, 200)
            .Select(seed => SeedRun.Run(seed, Mutants.OfPools[mutant]))
            .FirstOrDefault(result => result.Violation is not null);
        Assert.True(found is not null, $"No seed from 1 to 200 finds {mutant}.");
    }

    private static string Explain(int seed)
    {
        var result = SeedRun.Run(seed, trace: true);
        return $"Seed {seed}: {result.Violation}\n"
            + $"Replay with: ./build.sh simulate --replay {seed} --trace\n{string.Join('\n', result.Trace.TakeLast(60))}";
    }
}
