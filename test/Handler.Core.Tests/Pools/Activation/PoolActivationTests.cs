using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>An activation of a pool as a cluster hosts it.</summary>
public sealed class PoolActivationTests
{
    private static readonly NodeId Dead = new("dead");

    private readonly DirectPools pools = new();

    [Fact]
    public void An_activation_takes_the_pool_over_and_admits_jobs()
    {
        var pool = Begin();
        var reply = pools.Turn(() => pool.AcquireAsync(Ask(1)).AsTask()).Now();
        Assert.Equal(1, reply.Chain!.Epoch);
        Assert.Equal(1, pools.Turn(() => pool.GetSnapshotAsync()).Now()!.UsedWorkers);
        Assert.Equal(new ReleaseReply(1), pools.Turn(() => pool.ReleaseAsync(Release(1)).AsTask()).Now());
        Assert.False(pool.IsOver);
    }

    [Fact]
    public void A_recovery_that_fails_is_reported_and_leaves_the_pool_to_the_next_activation()
    {
        pools.LiveNodes = () => throw new OutOfMemoryException();
        var pool = Begin();
        Assert.Contains("Pool pool: the recovery failed in the background", pools.Warnings);
        Assert.True(pool.IsSuperseded && pool.IsOver);
    }

    [Fact]
    public void Requests_of_a_dead_node_are_refused_alone_and_in_a_batch()
    {
        var pool = Begin();
        Assert.Throws<InvalidOperationException>(() => pool.AcquireAsync(Ask(1) with { Node = Dead }));
        AcquireRequest[] requests = [Ask(1) with { Node = Dead }, Ask(2), Ask(3) with { Node = Dead }];
        var replies = pools.Turn(() => pool.AcquireManyAsync(requests).AsTask()).Now();
        Assert.Equal([false, true, false], replies.Select(reply => reply.Admitted));
        Assert.Equal(RejectReason.PoolTimeout, replies[0].Reject.Reason);
        Assert.Equal(1, pool.Actor.GetSnapshot().UsedWorkers);
    }

    [Fact]
    public void A_removed_pool_replies_NoSuchPool_to_every_release_and_exists_again_when_it_is_added()
    {
        var pool = Begin();
        pools.Turn(() => pool.AcquireAsync(Ask(1)).AsTask()).Now();
        pools.Store.Remove("pool");
        pools.Turn(() => pool.RemoveAsync(1)).Now();
        Assert.Null(pools.Turn(() => pool.GetSnapshotAsync()).Now());
        Assert.Equal(ReleaseReply.NoSuchPool, pools.Turn(() => pool.ReleaseAsync(Release(1)).AsTask()).Now());
        Assert.Equal([ReleaseReply.NoSuchPool], pools.Turn(() => pool.ReleaseManyAsync([Release(1)]).AsTask()).Now());
        Assert.True(pool.IsOver);

        var again = Limited(5, version: 2);
        pools.Store.Add("pool", again);
        pools.Turn(() => pool.ChangeAsync(again)).Now();
        Assert.False(pool.IsOver);
        Assert.Equal((2L, 5), (pool.Actor.Epoch, pool.Actor.Configuration.Limits.MaxWorkers));
    }

    [Fact]
    public void Pending_calls_end_when_the_activation_leaves()
    {
        var nodes = new TaskCompletionSource<IReadOnlyCollection<NodeId>>();
        pools.LiveNodes = () => new(nodes.Task);
        var pool = Begin();
        var kill = pools.Turn(() => pool.KillAsync(Guid.NewGuid(), KillTarget.All, "because"));
        var change = pools.Turn(() => pool.ChangeAsync(Limited(5, version: 2)));
        Assert.False(kill.IsCompleted || change.IsCompleted);
        pools.Turn(() =>
        {
            pool.Leave();
            return 0;
        });
        Assert.IsType<PoolSupersededException>(kill.Exception!.InnerException);
        Assert.IsType<PoolSupersededException>(change.Exception!.InnerException);
    }

    [Fact]
    public void A_pool_can_be_taken_over_only_while_its_record_can_be_read()
    {
        var pool = Begin();
        Assert.True(pools.Turn(() => pool.CanBeTakenOverAsync()).Now());
        var unreadable = new PoolActivation("pool", pools.Ports with { Store = new BrokenStore() }, static _ => false);
        Assert.False(pools.Turn(() => unreadable.CanBeTakenOverAsync()).Now());
    }

    [Fact]
    public void After_the_death_of_a_node_the_pool_reconciles_each_second_for_three_seconds()
    {
        var pool = Begin();
        var lists = 0;
        pools.LiveNodes = () =>
        {
            lists++;
            return ValueTask.FromResult<IReadOnlyCollection<NodeId>>([pools.Node.Id]);
        };
        pools.Turn(() =>
        {
            pool.NodeDied(Dead);
            return 0;
        });
        Assert.Equal(0, lists);
        pools.Advance(1_000);
        Assert.Equal(1, lists);
        pools.Advance(60_000);
        Assert.Equal(3, lists);
    }

    private PoolActivation Begin()
    {
        pools.Store.Add("pool", Limited(3, version: 0));
        var pool = new PoolActivation("pool", pools.Ports, node => node == Dead);
        pools.Turn(() =>
        {
            pool.Begin();
            return 0;
        });
        return pool;
    }

    private AcquireRequest Ask(int number)
        => new() { Job = new JobId(1, (ulong)number), Node = pools.Node.Id, Budget = TimeSpan.FromSeconds(1) };

    private static ReleaseRequest Release(int number) => new(new JobId(1, (ulong)number), Route.Entry, LeaseOutcome.Completed);

    private static PoolConfiguration Limited(int maxWorkers, long version)
        => new() { Limits = new PoolLimits(maxWorkers, 1_000), Version = version };

    private sealed class BrokenStore : IPoolStore
    {
        public ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool) => throw new IOException("broken");

        public ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag) => throw new IOException("broken");
    }
}
