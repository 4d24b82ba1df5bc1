using Handler.Pools;
using Xunit;

namespace Handler.Simulation.Tests;

public class PoolGraphTests
{
    [Fact]
    public void All_mistakes_are_reported_at_once()
    {
        var errors = PoolGraph.FindErrors(
            new Dictionary<string, PoolOptions>
            {
                ["a"] = new() { MaxWorkers = -1, DelegateTo = "nobody" },
                ["b"] = new() { MaxMemoryBytes = long.MaxValue, Selector = "unknown" },
                ["c"] = new() { MaxWaiting = -5, DelegateTo = "d", Selector = "known" },
                ["d"] = new() { SelectorConfig = "for whom?" },
            },
            ["known"]);
        Assert.Equal(
            [
                "Pool a: MaxWorkers is -1; allowed is 0 to 1000000.",
                "Pool a: DelegateTo names nobody, which is no pool.",
                "Pool b: MaxMemoryBytes is 9223372036854775807; allowed is 0 to 1125899906842624.",
                "Pool b: no selector is registered as unknown.",
                "Pool c: MaxWaiting is -5; allowed is 0 to 1000000.",
                "Pool c: DelegateTo and Selector exclude each other.",
                "Pool d: SelectorConfig is set, but no Selector.",
            ],
            errors);
    }

    [Fact]
    public void A_circle_of_delegation_is_named_once()
    {
        var pools = new Dictionary<string, PoolOptions>
        {
            ["b"] = new() { DelegateTo = "a" },
            ["a"] = new() { DelegateTo = "b" },
            ["outside"] = new() { DelegateTo = "a" },
            ["self"] = new() { DelegateTo = "self" },
        };
        Assert.Equal(["Pools delegate in a circle: a → b → a.", "Pools delegate in a circle: self → self."], PoolGraph.FindErrors(pools, []));
        Assert.Contains("a → b → a", Assert.Throws<ArgumentException>(() => PoolGraph.Validate(pools, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_may_be_64_pools_long()
    {
        Assert.Empty(PoolGraph.FindErrors(Chain(64), []));
        Assert.Equal(["Pool p65: its chain of parents has more than 64 pools."], PoolGraph.FindErrors(Chain(65), []));

        static Dictionary<string, PoolOptions> Chain(int length)
            => Enumerable.Range(1, length).ToDictionary(i => $"p{i}", i => new PoolOptions { DelegateTo = i == 1 ? null : $"p{i - 1}" });
    }
}
