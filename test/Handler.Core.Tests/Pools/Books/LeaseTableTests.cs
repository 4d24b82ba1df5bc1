using FsCheck;
using FsCheck.Fluent;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>Compares the node's table of leases with a dictionary.</summary>
public class LeaseTableTests
{
    private static readonly PoolChain Chain = new("pool", 1, Route.Entry, null);

    [Fact]
    public void It_agrees_with_a_dictionary_whatever_is_done_to_it()
        => Prop.ForAll(Gen.Choose(0, 99).ListOf().ToArbitrary(), numbers =>
        {
            var table = new LeaseTable();
            var model = new Dictionary<JobId, Lease>();
            foreach (var number in numbers)
            {
                // Jobs of three nodes, many of which fall into the same bucket. Each occurrence of a number alternately adds and removes
                // its job.
                var job = new JobId((ulong)(number % 3), (ulong)(number / 3 * 16));
                if (model.Remove(job, out var lease))
                {
                    Assert.False(table.Remove(new Lease(job, Chain, null, 0)));
                    Assert.True(table.Remove(lease));
                    Assert.False(table.Remove(lease));
                }
                else
                {
                    table.Add(model[job] = new Lease(job, Chain, null, 0));
                }

                Assert.Equal(model.GetValueOrDefault(job), table.Find(job));
                Assert.Equal(model.Count, table.Count);
                Assert.Equal(model.Values.ToHashSet(), table.ToHashSet());
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(300));
}
