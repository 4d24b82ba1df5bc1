using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>
/// Jobs that wait in a parent hold shares in the pools below. They return them when a pool below is to have that room now.
/// </summary>
public class ReturnedShareTests
{
    private readonly DirectPools pools = new();

    /// <summary>It kept the share, and the parent kept a free worker for the other pool, which could not use it.</summary>
    [Fact]
    public void A_job_that_no_longer_fits_beside_a_guarantee_is_rejected_although_it_waits_above()
    {
        Build(rootWorkers: 2, workers: 1);
        var running = new[] { pools.Run("root"), pools.Run("root") };
        var other = pools.Admit("a", waitMs: 20_000);
        Guarantee(1, 0);
        var reject = other.Now().Reject;
        Assert.Equal(("pool", RejectReason.NoWorkersAvailable, "b"), (reject.Pool, reject.Reason, reject.KeptFor));
        var guaranteed = pools.Admit("b", waitMs: 20_000);
        Assert.False(guaranteed.IsCompleted);
        pools.End(running[0]);
        Assert.NotNull(guaranteed.Now().Lease);
    }

    [Fact]
    public void The_last_jobs_that_wait_above_return_their_shares_and_wait_at_their_former_places()
    {
        Build(rootWorkers: 3, workers: 2);
        var running = new[] { pools.Run("root"), pools.Run("root"), pools.Run("root") };
        var others = Enumerable.Range(0, 3).Select(_ => Arrive("a")).ToArray(); // the last one waits in the pool, the others above it
        Guarantee(1, 0);
        Assert.Equal((1, 2, 1), (Snapshot("pool").HeldWorkers, Snapshot("pool").Waiting, Snapshot("root").Waiting));
        var guaranteed = Arrive("b");
        pools.End(running[0]);
        Assert.NotNull(guaranteed.Now().Lease);
        pools.End(running[1]);
        pools.End(others[0].Now().Lease!);
        pools.End(others[1].Now().Lease!);
        Assert.NotNull(others[2].Now().Lease);
    }

    [Fact]
    public void Memory_is_returned_too()
    {
        Build(rootWorkers: 10, workers: 10, bytes: 10);
        var running = pools.Run("root", 95);
        var others = new[] { Arrive("a", 6), Arrive("a", 4) };
        Guarantee(0, 4);
        Assert.Equal((6, 1), (Snapshot("pool").HeldBytes, Snapshot("pool").Waiting));
        Assert.All(others, static other => Assert.False(other.IsCompleted));
        pools.End(running);
        Assert.NotNull(others[0].Now().Lease);
        pools.End(others[0].Now().Lease!);
        Assert.NotNull(others[1].Now().Lease);
    }

    [Fact]
    public void A_lower_limit_makes_them_return_what_is_guaranteed_to_others()
    {
        Build(rootWorkers: 2, workers: 2);
        Guarantee(1, 0);
        pools.Run("root");
        var other = Arrive("a"); // the parent keeps its second worker
        Assert.Equal(1, Snapshot("pool").HeldWorkers);
        Change("pool", static pool => pool with { Limits = new PoolLimits(1, 1_000) });
        Assert.Equal("b", other.Now().Reject.KeptFor);
    }

    [Fact]
    public void Shares_of_jobs_that_are_guaranteed_them_stay()
    {
        Build(rootWorkers: 1, workers: 2);
        var running = pools.Run("root");
        var owner = Arrive("b");
        var other = Arrive("a");
        Guarantee(2, 0, inRoot: 1);
        Assert.Equal(1, Snapshot("pool").HeldWorkers);
        Assert.True(other.IsCompleted && !owner.IsCompleted);
        pools.End(running);
        Assert.NotNull(owner.Now().Lease);
    }

    [Fact]
    public void A_job_whose_selector_is_slow_returns_its_share()
    {
        pools.Selectors["to-root"] = new ToRoot();
        pools.Add("root", 2);
        pools.Add("pool", 1, selector: "to-root");
        pools.Add("a", 10, parent: "pool");
        pools.Add("b", 10, parent: "pool");
        var names = new TaskCompletionSource<IReadOnlyList<string>>();
        pools.SlowSelector = () => new ValueTask<IReadOnlyList<string>>(names.Task);
        var other = Arrive("a");
        Change("pool", static pool => pool with { Guarantees = new GuaranteeList([new Guarantee("b", null, 1, 0)]) });
        Assert.Equal(0, Snapshot("pool").HeldWorkers);
        pools.Turn(() => names.TrySetResult(["root"]));
        Assert.Equal("b", other.Now().Reject.KeptFor);
    }

    private void Build(int rootWorkers, int workers, long bytes = 1_000)
    {
        pools.Add("root", rootWorkers, bytes == 1_000 ? bytes : 100);
        pools.Add("pool", workers, bytes, parent: "root");
        pools.Add("a", 10, parent: "pool");
        pools.Add("b", 10, parent: "pool");
    }

    private void Guarantee(int workers, long bytes, int? inRoot = null)
    {
        var above = new Guarantee("b", "pool", inRoot ?? workers, bytes);
        Change("root", root => root with { Guarantees = new GuaranteeList([new Guarantee("pool", null, 0, 0), above]) });
        Change("pool", pool => pool with { Guarantees = new GuaranteeList([new Guarantee("b", null, workers, bytes)]) });
    }

    private void Change(string pool, Func<PoolConfiguration, PoolConfiguration> change)
        => pools.Turn(() => pools[pool].ChangeAsync(change(pools[pool].Configuration)));

    private Task<Admission> Arrive(string pool, long bytes = 0)
    {
        pools.Advance(1);
        return pools.Admit(pool, bytes, waitMs: 20_000);
    }

    private PoolSnapshot Snapshot(string pool) => pools[pool].GetSnapshot();

    private sealed class ToRoot : IPoolSelector
    {
        public IReadOnlyList<string> SelectParents(string? config, string? parameter) => ["root"];
    }
}
