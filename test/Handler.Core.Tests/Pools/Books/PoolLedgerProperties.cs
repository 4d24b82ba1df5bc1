using FsCheck;
using FsCheck.Fluent;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>Compares the ledger with a model that is too simple to be wrong: a list of shares.</summary>
public class PoolLedgerProperties
{
    private static readonly Gen<Step> Steps = Gen.Choose(0, 99)
        .SelectMany(kind => Gen.Choose(1, 30).SelectMany(job => Gen.Choose(0, 8).Select(number => new Step(kind, job, number))));

    [Fact]
    public void The_ledger_agrees_with_a_list_of_shares_after_any_steps()
        => Prop.ForAll(Steps.ListOf().ToArbitrary(), steps =>
        {
            var model = new Model();
            var ledger = new PoolLedger(model.Limits, new());
            foreach (var step in steps)
            {
                Apply(step, ledger, model);
                Compare(ledger, model);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000).WithEndSize(200));

    [Fact]
    public void No_share_exceeds_the_limits_and_all_shares_are_released()
        => Prop.ForAll(Gen.Choose(0, 20).ListOf().ToArbitrary(), Gen.Choose(0, 10).ToArbitrary(), (sizes, workers) =>
        {
            var ledger = new PoolLedger(new PoolLimits(workers, 50), new());
            var held = new List<ShareRequest>();
            for (var i = 0; i < sizes.Count; i++)
            {
                var share = Ask(i, sizes[i], null);
                if (ledger.TryHold(share) == HoldResult.Held)
                    held.Add(share);
                Assert.True(ledger.UsedWorkers <= workers && ledger.UsedBytes <= 50);
            }

            foreach (var share in held)
                Assert.True(ledger.Release(share.Job, share.Route, out _));
            Assert.Equal((0, 0L, 0, 0L), (ledger.UsedWorkers, ledger.UsedBytes, ledger.HeldWorkers, ledger.HeldBytes));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void TakeTurns_returns_every_share_of_a_node_in_turn()
        => Prop.ForAll(Gen.Choose(0, 200).ToArbitrary(), Gen.Choose(1, 20).ToArbitrary(), (count, most) =>
        {
            var ledger = new PoolLedger(new PoolLimits(1_000, 1_000), new());
            for (var i = 0; i < count; i++)
                ledger.TryHold(Ask(i, 1, null));
            var seen = new HashSet<JobId>();
            for (var i = 0; i * most < count; i++)
                seen.UnionWith(ledger.TakeTurns(ledger.Of(new NodeId("n0")), most).Select(share => share.Request.Job));
            Assert.Equal(count, seen.Count);
        }).QuickCheckThrowOnFailure();

    private static void Apply(Step step, PoolLedger ledger, Model model)
    {
        var job = new JobId(1, (ulong)step.Job);
        var share = Ask(step.Job, step.Number, step.Number % 3 == 0 ? null : $"name{step.Number % 3}") with
        {
            Node = new NodeId($"n{step.Number % 2}"),
        };
        switch (step.Kind)
        {
            case < 40:
                Assert.Equal(model.TryHold(share), ledger.TryHold(share));
                break;
            case < 60:
                var isThere = model.Shares.Exists(known => known.Request.Job == job);
                model.Replace(job, info => info with { Committed = true });
                Assert.Equal(isThere, ledger.Commit(job, null));
                break;
            case < 85:
                Assert.Equal(model.Shares.RemoveAll(known => known.Request.Job == job) > 0, ledger.Release(job, Route.Entry, out _));
                break;
            case < 90:
                Assert.False(ledger.Release(job, 99, out _));
                break;
            case < 95:
                ledger.Enter(share, null);
                if (!model.Shares.Exists(known => known.Request.Job == job))
                    model.Shares.Add(new Share(share, true, null));
                break;
            default:
                ledger.Limits = model.Limits = new PoolLimits(step.Number, step.Job);
                break;
        }
    }

    private static void Compare(PoolLedger ledger, Model model)
    {
        Assert.Equal(model.Shares.Count, ledger.UsedWorkers);
        Assert.Equal(model.Shares.Sum(share => share.Request.Bytes), ledger.UsedBytes);
        Assert.Equal(model.Shares.Count(share => !share.Committed), ledger.HeldWorkers);
        Assert.Equal(model.Shares.Where(share => !share.Committed).Sum(share => share.Request.Bytes), ledger.HeldBytes);
        Assert.Equal(model.Shares.ToHashSet(), ledger.All().ToHashSet());
        foreach (var name in new[] { "name1", "name2", "name3" })
            Assert.Equal(model.Shares.Where(share => share.Request.Name == name).ToHashSet(), ledger.Named(name).ToHashSet());
        var byNode = ledger.ByNode(long.MaxValue);
        Assert.Equal(model.Shares.Select(share => share.Request.Node).ToHashSet(), byNode.Select(node => node.Key).ToHashSet());
        foreach (var node in byNode)
        {
            var shares = model.Shares.Where(share => share.Request.Node == node.Key).ToHashSet();
            Assert.Equal(shares, node.ToHashSet());
            Assert.Equal(shares, ledger.Of(node.Key).ToHashSet());
        }

        Assert.Empty(ledger.ByNode(0));
    }

    private static ShareRequest Ask(int job, long bytes, string? name)
        => new(new JobId(1, (ulong)job), Route.Entry, new NodeId("n0"), name, bytes, 0);

    private sealed record Step(int Kind, int Job, int Number);

    private sealed class Model
    {
        public PoolLimits Limits { get; set; } = new(6, 24);

        public List<Share> Shares { get; } = [];

        public HoldResult TryHold(ShareRequest share)
        {
            if (Shares.Exists(known => known.Request.Job == share.Job))
                return HoldResult.Present;
            if (Shares.Count >= Limits.MaxWorkers)
                return HoldResult.NoWorkers;
            if (Shares.Sum(known => known.Request.Bytes) + share.Bytes > Limits.MaxMemoryBytes)
                return HoldResult.NoMemory;
            Shares.Add(new Share(share, false, null));
            return HoldResult.Held;
        }

        public void Replace(JobId job, Func<Share, Share> change)
        {
            var index = Shares.FindIndex(share => share.Request.Job == job);
            if (index >= 0)
                Shares[index] = change(Shares[index]);
        }
    }
}
