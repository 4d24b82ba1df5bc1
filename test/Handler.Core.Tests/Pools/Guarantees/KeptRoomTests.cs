using FsCheck;
using FsCheck.Fluent;
using Handler.FairShare;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>What a pool keeps for pools below it.</summary>
public sealed class KeptRoomTests
{
    private static readonly GuaranteeList Nested = new(
        [new("a", null, 4, 40), new("a1", "a", 2, 10), new("b", null, 0, 0), new("b1", "b", 1, 5)]);

    private static readonly PoolPath?[] Paths = [null, To("a"), To("a", "a1"), To("a", "other"), To("b"), To("b", "b1"), To("stranger")];

    [Fact]
    public void All_that_is_guaranteed_is_kept_while_nothing_runs()
    {
        var kept = new KeptRoom(Nested);
        Assert.Equal((new Amount(5, 45), new Amount(5, 45)), (kept.Kept, kept.Guaranteed));
        Assert.Equal(new Amount(1, 7), kept.NeededBeyond(null, 7));
        Assert.Equal(new Amount(1, 7), kept.NeededBeyond(To("stranger"), 7));
        Assert.Equal(default, kept.NeededBeyond(To("a", "other"), 7));
        Assert.Equal(new Amount(0, 2), kept.NeededBeyond(To("b", "b1"), 7));
        Assert.Equal(new Amount(1, 7), kept.NeededBeyond(To("b"), 7));
    }

    [Fact]
    public void A_pool_cannot_use_what_it_has_guaranteed_to_its_own_child()
    {
        var kept = new KeptRoom(Nested);
        kept.Use(To("a"), 2, 30);
        Assert.Equal(new Amount(1, 1), kept.NeededBeyond(To("a"), 1));
        Assert.Equal(default, kept.NeededBeyond(To("a", "a1"), 10));
        kept.Use(To("a", "a1"), 2, 10);
        Assert.Equal(new Amount(1, 5), kept.Kept);
    }

    [Fact]
    public void Only_jobs_that_wait_and_are_owed_something_are_looked_at()
    {
        var kept = new KeptRoom(Nested);
        kept.StartWaiting(To("stranger"));
        Assert.Empty(kept.Changed);
        kept.StartWaiting(To("b", "b1"));
        var owed = Assert.Single(kept.Changed);
        Assert.Equal("b1", owed.Name);
        kept.HasLooked(owed);
        Assert.Equal([owed], kept.Looked);
        kept.Use(To("b", "b1"), 1, 5);
        kept.Use(To("b", "b1"), -1, -5);
        Assert.Equal([owed], kept.Changed);
        Assert.Empty(kept.Looked);
        kept.StopWaiting(To("b", "b1"));
        Assert.Empty(kept.Changed);
    }

    [Fact]
    public void A_reject_names_a_pool_for_which_something_is_kept()
    {
        var kept = new KeptRoom(Nested);
        Assert.Equal("a", kept.FindOwner(null, static amount => amount.Workers, evenIfUsed: false));
        Assert.Equal("a1", kept.FindOwner(To("a"), static amount => amount.Workers, evenIfUsed: false));
        Assert.Equal("b1", kept.FindOwner(To("a", "a1"), static amount => amount.Workers, evenIfUsed: false));
        kept.Use(To("a"), 4, 40);
        kept.Use(To("b", "b1"), 1, 5);
        Assert.Equal("a1", kept.FindOwner(null, static amount => amount.Workers, evenIfUsed: false));
        Assert.Equal("a", kept.FindOwner(null, static amount => amount.Bytes, evenIfUsed: true));
    }

    /// <summary>Whatever is used and released, what is kept is what the definition says.</summary>
    [Fact]
    public void What_is_kept_follows_from_what_is_used()
    {
        var uses = Gen.Choose(0, Paths.Length - 1).Zip(Gen.Choose(0, 20)).ListOf().ToArbitrary();
        Prop.ForAll(uses, list =>
        {
            var kept = new KeptRoom(Nested);
            var used = new List<(PoolPath? Path, long Bytes)>();
            foreach (var (path, bytes) in list)
            {
                if (bytes % 3 == 0 && used.Count > 0)
                {
                    kept.Use(used[0].Path, -1, -used[0].Bytes);
                    used.RemoveAt(0);
                }

                kept.Use(Paths[path], 1, bytes);
                used.Add((Paths[path], bytes));
                var total = new Amount(used.Count, used.Sum(static each => each.Bytes));
                Assert.Equal(ClaimOf(used) - total, kept.Kept);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static Amount ClaimOf(List<(PoolPath? Path, long Bytes)> used)
    {
        var a = Amount.Max(new(4, 40), Amount.Max(new(2, 10), Sum("a", "a1")) + Sum("a") + Sum("a", "other"));
        var b = Amount.Max(new(1, 5), Sum("b", "b1")) + Sum("b");
        return a + b + Sum() + Sum("stranger");

        Amount Sum(params string[] names)
        {
            var same = used.Where(each => PoolPath.IsSame(each.Path, To(names))).ToList();
            return new Amount(same.Count, same.Sum(static each => each.Bytes));
        }
    }

    private static PoolPath? To(params string[] names)
        => names.Reverse().Aggregate((PoolPath?)null, static (below, name) => new PoolPath(name, 1, below));
}
