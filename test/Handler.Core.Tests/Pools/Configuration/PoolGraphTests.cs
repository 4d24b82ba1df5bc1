using Handler.Pools;

namespace Handler.Tests.Pools;

public class PoolGraphTests
{
    [Fact]
    public void All_errors_are_reported_together()
    {
        var errors = PoolGraph.FindErrors(
            new Dictionary<string, PoolOptions>
            {
                ["a"] = new() { MaxWorkers = -1, Parent = "missing" },
                ["b"] = new() { MaxMemoryBytes = long.MaxValue, Selector = "unknown" },
                ["c"] = new() { MaxWaiting = -5, Parent = "d", Selector = "known" },
                ["d"] = new() { SelectorConfig = "for whom?" },
            },
            new RegisteredNames(["known"], []));
        Assert.Equal(
            [
                "Pool a: MaxWorkers is -1; it must be between 0 and 1000000.",
                "Pool a: Parent names missing, which does not exist.",
                "Pool b: MaxMemoryBytes is 9223372036854775807; it must be between 0 and 1125899906842624.",
                "Pool b: no selector is registered as unknown.",
                "Pool c: MaxWaiting is -5; it must be between 0 and 1000000.",
                "Pool c: Parent and Selector are both set; set at most one of them.",
                "Pool d: SelectorConfig is set, but Selector is not.",
            ],
            errors);
    }

    [Fact]
    public void A_delegation_cycle_is_reported_once()
    {
        var pools = new Dictionary<string, PoolOptions>
        {
            ["b"] = new() { Parent = "a" },
            ["a"] = new() { Parent = "b" },
            ["outside"] = new() { Parent = "a" },
            ["self"] = new() { Parent = "self" },
        };
        Assert.Equal(
            ["Pools delegate in a circle: a → b → a.", "Pools delegate in a circle: self → self."],
            PoolGraph.FindErrors(pools, RegisteredNames.None));
    }

    [Fact]
    public void A_change_is_checked_for_new_errors_only()
    {
        var pools = new Dictionary<string, PoolOptions>
        {
            ["root"] = new(),
            ["orphan"] = new() { Parent = "gone" },
            ["child"] = new() { Parent = "root" },
        };
        Assert.Empty(PoolGraph.FindNewErrors(pools, "orphan", new PoolOptions { Parent = "gone", MaxWorkers = 1 }, RegisteredNames.None));
        Assert.Empty(PoolGraph.FindNewErrors(pools, "new", new PoolOptions { Parent = "child" }, RegisteredNames.None));
        Assert.Empty(PoolGraph.FindNewErrors(pools, "gone", new PoolOptions { Parent = "root" }, RegisteredNames.None));
        Assert.Equal(
            ["Pool new: Parent names missing, which does not exist."],
            PoolGraph.FindNewErrors(pools, "new", new PoolOptions { Parent = "missing" }, RegisteredNames.None));
        Assert.Equal(
            ["Pools delegate in a circle: child → root → child."],
            PoolGraph.FindNewErrors(pools, "root", new PoolOptions { Parent = "child" }, RegisteredNames.None));
        Assert.Equal(
            ["Pools delegate in a circle: gone → orphan → gone."],
            PoolGraph.FindNewErrors(pools, "gone", new PoolOptions { Parent = "orphan" }, RegisteredNames.None));
    }

    [Fact]
    public void A_change_that_makes_the_chain_of_a_descendant_too_long_is_an_error()
    {
        var pools = Chain(64);
        pools.Add("below", new PoolOptions());
        Assert.Equal(
            ["Pool p64: its chain of parents has more than 64 pools."],
            PoolGraph.FindNewErrors(pools, "p1", new PoolOptions { Parent = "below" }, RegisteredNames.None));
    }

    [Fact]
    public void A_chain_may_be_64_pools_long()
    {
        Assert.Empty(PoolGraph.FindErrors(Chain(64), RegisteredNames.None));
        Assert.Equal(["Pool p65: its chain of parents has more than 64 pools."], PoolGraph.FindErrors(Chain(65), RegisteredNames.None));
    }

    private static Dictionary<string, PoolOptions> Chain(int length)
        => Enumerable.Range(1, length).ToDictionary(i => $"p{i}", i => new PoolOptions { Parent = i == 1 ? null : $"p{i - 1}" });
}
