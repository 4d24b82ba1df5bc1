using Xunit;

namespace Handler.Simulation.Tests;

public class SessionSimulationTests
{
    [Fact]
    public void A_thousand_seeds_keep_every_rule()
    {
        for (var seed = 1; seed <= 1_000; seed++)
        {
            var result = SessionRun.Run(seed);
            Assert.True(result.Violation is null, result.Violation is null ? "" : Explain(seed));
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(123)]
    public void A_seed_replays_exactly(int seed)
    {
        var first = SessionRun.Run(seed, trace: true);
        Assert.NotEmpty(first.Trace);
        Assert.Equal(first.Trace, SessionRun.Run(seed, trace: true).Trace);
    }

    [Fact]
    public void The_seeds_cover_every_kind_of_event()
    {
        var lines = Enumerable.Range(1, 60).SelectMany(seed => SessionRun.Run(seed, trace: true).Trace).ToList();
        string[] kinds
            = ["dies", "is declared dead", "pauses", "hands", "its caller is gone", "is lost", "given up 1", "open 1", "is told"];
        Assert.All(kinds, kind => Assert.Contains(lines, line => line.Contains(kind, StringComparison.Ordinal)));
    }

    public static TheoryData<string> MutantNames => [.. Mutants.OfSessions.Keys];

    [Theory]
    [MemberData(nameof(MutantNames))]
    public void A_deliberate_fault_is_found_within_200_seeds(string mutant)
    {
        var found = Enumerable.Range(1, 200).Any(seed => SessionRun.Run(seed, Mutants.OfSessions[mutant]).Violation is not null);
        Assert.True(found, $"No seed from 1 to 200 finds {mutant}.");
    }

    private static string Explain(int seed)
    {
        var result = SessionRun.Run(seed, trace: true);
        return $"Seed {seed}: {result.Violation}\n"
            + $"Replay with: ./build.sh simulate --sessions --replay {seed} --trace\n{string.Join('\n', result.Trace.TakeLast(60))}";
    }
}
