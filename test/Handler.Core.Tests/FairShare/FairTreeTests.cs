using FsCheck;
using FsCheck.Fluent;
using Handler.FairShare;

namespace Handler.Tests.FairShare;

public sealed class FairTreeTests
{
    private readonly FairTree<List<string>> tree = new();

    public FairTreeTests() => tree.SetCapacity(8, 100);

    [Fact]
    public void The_child_that_uses_least_is_first()
    {
        Use("a", 2);
        Use("b", 1);
        Wait("a");
        Wait("b");
        Assert.Equal("b", First);
        Use("b", 2);
        Assert.Equal("a", First);
    }

    [Fact]
    public void A_child_is_measured_by_what_it_uses_most_of()
    {
        Use("memory", 1, 50);
        Use("workers", 3, 1);
        Wait("memory");
        Wait("workers");
        Assert.Equal("workers", First);
        tree.SetCapacity(8, 1_000);
        Assert.Equal("memory", First);
    }

    [Fact]
    public void A_child_of_weight_3_may_use_three_times_as_much()
    {
        Learn(new PoolPath("a", 1, null), new PoolPath("b", 3, null));
        Wait("a");
        Wait("b");
        var served = ServeAll(8);
        Assert.Equal((2, 6), (served.Count("a".Equals), served.Count("b".Equals)));
    }

    [Fact]
    public void With_one_worker_the_weights_decide_how_often_each_is_served()
    {
        tree.SetCapacity(1, 100);
        Learn(new PoolPath("a", 1, null), new PoolPath("b", 3, null));
        Wait("a");
        Wait("b");
        var served = Enumerable.Range(0, 40).Select(_ => Serve(keep: false)).ToList();
        Assert.Equal((10, 30), (served.Count("a".Equals), served.Count("b".Equals)));
    }

    [Fact]
    public void A_new_weight_counts_immediately()
    {
        Use("a", 2);
        Use("b", 3);
        Wait("a");
        Wait("b");
        Assert.Equal("a", First);
        Learn(new PoolPath("b", 2, null));
        Assert.Equal("b", First);
    }

    [Fact]
    public void A_child_that_was_idle_is_next_but_has_no_credit()
    {
        Wait("a");
        for (var i = 0; i < 100; i++)
            Serve(keep: false);
        Wait("b");
        Assert.Equal("b", Serve(keep: false));
        var served = Enumerable.Range(0, 10).Select(_ => Serve(keep: false)).ToList();
        Assert.Equal((5, 5), (served.Count("a".Equals), served.Count("b".Equals)));
    }

    [Fact]
    public void Children_that_are_equal_take_turns()
    {
        tree.SetCapacity(1, 1);
        foreach (var child in new[] { "a", "b", "c" })
            Wait(child);
        Assert.Equal(["a", "b", "c", "a", "b", "c"], Enumerable.Range(0, 6).Select(_ => Serve(keep: false)));
    }

    [Fact]
    public void Direct_callers_are_one_child_of_weight_1()
    {
        Learn(new PoolPath("a", 1, null));
        var direct = tree.Find(null);
        tree.StartWaiting(direct);
        Wait("a");
        var served = ServeAll(8);
        Assert.Equal((4, 4), (served.Count("a".Equals), served.Count("".Equals)));
    }

    [Fact]
    public void Shares_are_fair_between_children_and_within_each_child()
    {
        PoolPath Path(string top, string? below) => new(top, 1, below is null ? null : new PoolPath(below, 1, null));
        foreach (var path in new[] { Path("a", "x"), Path("a", "y"), Path("a", "z"), Path("b", null) })
            tree.StartWaiting(tree.Find(path));
        tree.SetCapacity(12, 100);
        var served = new Dictionary<string, int>();
        for (var i = 0; i < 12; i++)
        {
            var leaf = tree.First!;
            tree.Serve(leaf, 0);
            tree.Use(leaf, 1, 0);
            served[leaf.Parent!.Name] = served.GetValueOrDefault(leaf.Parent.Name) + 1;
        }

        Assert.Equal((2, 2, 2, 6), (served["x"], served["y"], served["z"], served["b"]));
    }

    [Fact]
    public void All_waiting_leaves_are_listed_in_the_order_in_which_they_are_served()
    {
        foreach (var (child, workers) in new[] { ("c", 3), ("a", 1), ("d", 4), ("b", 2) })
        {
            Use(child, workers);
            Wait(child);
        }

        Assert.Equal(["a", "b"], tree.InOrder(9).Take(2).Select(leaf => leaf.Parent!.Name));
        Assert.Equal(["a", "b", "c", "d"], tree.InOrder(9).Select(leaf => leaf.Parent!.Name));
        FairTree<List<string>>.StopWaiting(tree.Find(new PoolPath("a", 1, null)));
        Assert.Equal(["b", "c", "d"], tree.AllWaiting().Select(leaf => leaf.Parent!.Name).Order());
    }

    [Fact]
    public void A_limited_number_of_children_of_each_branch_is_listed()
    {
        for (var i = 0; i < 5; i++)
            tree.StartWaiting(tree.Find(new PoolPath("a", 1, new PoolPath($"{i}", 1, null))));
        Wait("b");
        Wait("c");
        Assert.Equal(["0", "1", "b"], tree.InOrder(2).Select(leaf => leaf.Parent!.Name));
        Assert.Equal(["0", "1", "2", "3", "4", "b", "c"], tree.InOrder(9).Select(leaf => leaf.Parent!.Name));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Equal_fractions_of_any_capacity_are_equal_shares(int capacity)
    {
        tree.SetCapacity(capacity, 100);
        Learn(new PoolPath("a", 1, null), new PoolPath("b", 3, null));
        Use("a", 1);
        Use("b", 3);
        Wait("b");
        Wait("a");
        Assert.Equal(Leaf("a").Parent!.Share, Leaf("b").Parent!.Share);
    }

    /// <summary>A job that was the whole pool must not count as twenty when the pool has become larger.</summary>
    [Fact]
    public void Nothing_that_was_served_counts_when_the_limits_have_changed()
    {
        tree.SetCapacity(1, 100);
        Wait("a");
        Serve(keep: false);
        tree.SetCapacity(20, 100);
        Wait("b");
        Assert.Equal(["a", "b", "a", "b"], Enumerable.Range(0, 4).Select(_ => Serve(keep: false)));
    }

    [Fact]
    public void Idle_children_are_forgotten()
    {
        Use("busy", 1);
        Wait("waiting");
        for (var i = 0; i < 1_000; i++)
        {
            Use($"{i}", 1);
            Use($"{i}", -1);
        }

        Assert.True(tree.Root.Children.Count <= 64, $"{tree.Root.Children.Count} children are left");
        Assert.Equal(1, tree.Root.Children["busy"].Workers);
        Assert.True(tree.Root.Children["waiting"].HasWaiting);
    }

    [Fact]
    public void Names_of_pools_do_not_collide_with_direct_callers()
        => Assert.NotSame(tree.Find(null), tree.Find(new PoolPath("a", 1, null)));

    /// <summary>Compares each choice with a search through all children.</summary>
    [Fact]
    public void The_first_child_is_always_the_one_with_the_smallest_weighted_share()
        => Prop.ForAll(Gen.Choose(0, 999).ListOf().ToArbitrary(), steps =>
        {
            var tree = new FairTree<List<string>>();
            tree.SetCapacity(16, 64);
            PoolPath[] paths = [.. Enumerable.Range(0, 6).Select(i => new PoolPath($"{i}", 1 + (i % 3), null))];
            foreach (var step in steps)
            {
                var leaf = tree.Find(paths[step % paths.Length]);
                switch (step / 6 % 4)
                {
                    case 0:
                        tree.StartWaiting(leaf);
                        break;
                    case 1:
                        tree.Use(leaf, 1, step % 9);
                        break;
                    case 2 when leaf is { Workers: > 0 }:
                        tree.Use(leaf, -1, -(leaf.Bytes / leaf.Workers));
                        break;
                    case 3 when leaf.HasWaiting:
                        FairTree<List<string>>.StopWaiting(leaf);
                        break;
                }

                var waiting = tree.Root.Children.Values.Where(child => child.HasWaiting).ToList();
                Assert.Equal(waiting.Count, tree.Root.Waiting.Count);
                if (waiting.Count > 0)
                    Assert.Equal(waiting.Min(WeightedShare), WeightedShare(tree.First!.Parent!), 1e-9);
            }

            static double WeightedShare(Branch<List<string>> child)
                => Math.Max(child.Workers / 16.0, child.Bytes / 64.0) / (1 + (int.Parse(child.Name) % 3));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(300));

    private string? First => tree.First?.Parent!.Name;

    private void Learn(params PoolPath[] paths)
    {
        foreach (var path in paths)
            tree.Learn(path);
    }

    private Branch<List<string>> Leaf(string child) => tree.Find(new PoolPath(child, 1, null));

    private void Use(string child, int workers, long bytes = 0) => tree.Use(Leaf(child), workers, bytes);

    private void Wait(string child) => tree.StartWaiting(Leaf(child));

    private string Serve(bool keep)
    {
        var leaf = tree.First!;
        tree.Serve(leaf, 0);
        tree.Use(leaf, keep ? 1 : 0, 0);
        return leaf.Parent!.Name;
    }

    private List<string> ServeAll(int workers) => [.. Enumerable.Range(0, workers).Select(_ => Serve(keep: true))];
}
