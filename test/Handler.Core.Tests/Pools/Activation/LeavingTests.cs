using Handler.FairShare;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>Activations that leave while their process still runs, as when a silo shuts down.</summary>
public sealed class LeavingTests
{
    private readonly DirectPools pools = new();

    [Fact]
    public void A_leaving_pool_admits_nothing_and_accepts_releases()
    {
        var pool = pools.Add("pool", 2);
        var lease = pools.Run("pool");
        pools.Turn(() => Left(pool));
        Assert.False(pools.Admit("pool").IsCompleted);
        pools.End(lease);
        Assert.Equal(0, pools.Used("pool").Workers);
    }

    [Fact]
    public void Jobs_that_wait_in_an_activation_that_leaves_wait_in_the_next_activation()
    {
        var parent = pools.Add("parent", 1);
        var child = pools.Add("child", 5, parent: "parent");
        var lease = pools.Run("parent");
        var waiting = new[] { pools.Admit("child", waitMs: 30_000), pools.Admit("parent", waitMs: 30_000) };
        Assert.Equal(2, parent.Queue.Count);
        pools.Turn(() => Left(child));
        pools.Turn(() => Left(parent));
        Assert.Equal((0, 0), (child.Unsettled, parent.Unsettled));

        pools.Add("parent", 1);
        pools.Add("child", 5, parent: "parent");
        pools.Advance(100);
        Assert.Equal(2, pools["parent"].Queue.Count);
        pools.End(lease);
        pools.Advance(1);
        pools.End(waiting.Single(job => job.IsCompleted).Now().Lease!);
        pools.Advance(1);
        Assert.NotNull(waiting[0].Now().Lease);
        Assert.NotNull(waiting[1].Now().Lease);
    }

    [Fact]
    public void A_leaving_pool_does_not_wait_for_its_parent_and_withdraws_its_request()
    {
        var parent = new SilentPool();
        pools.Far["parent"] = parent;
        pools.Store.Add("child", new PoolConfiguration { Limits = new PoolLimits(5, 1_000), Parent = "parent" });
        var child = Begin("child");
        var asked = pools.Turn(() => child.AcquireAsync(Request).AsTask());
        Assert.Equal(1, parent.Asked);
        pools.Turn(() => Left(child));
        Assert.Throws<PoolSupersededException>(() => asked.Now());
        Assert.Equal([LeaseOutcome.Withdrawn], parent.Releases);
    }

    [Fact]
    public void A_pool_that_leaves_before_its_recovery_refuses_all_calls_that_wait_for_it()
    {
        pools.LiveNodes = static () => new(new TaskCompletionSource<IReadOnlyCollection<NodeId>>().Task);
        pools.Store.Add("pool", new PoolConfiguration { Limits = new PoolLimits(5, 1_000) });
        var pool = Begin("pool");
        var acquire = pools.Turn(() => pool.AcquireAsync(Request).AsTask());
        var release = pools.Turn(()
            => pool.ReleaseAsync(new ReleaseRequest(new JobId(9, 9), Route.Entry, LeaseOutcome.Completed)).AsTask());
        var snapshot = pools.Turn(pool.GetSnapshotAsync);
        pools.Turn(() => Left(pool));
        Assert.Throws<PoolSupersededException>(() => acquire.Now());
        Assert.Throws<PoolSupersededException>(() => release.Now());
        Assert.Throws<PoolSupersededException>(() => snapshot.Now());
    }

    [Fact]
    public void Pending_kills_and_changes_do_not_delay_a_pool_that_leaves()
    {
        pools.Add("pool", 2);
        pools.LiveNodes = static () => new(new TaskCompletionSource<IReadOnlyCollection<NodeId>>().Task);
        var pool = new PoolActivation("removed", pools.Ports, static _ => false);
        pools.Turn(() => Begun(pool)); // there is no such pool, so a kill asks all nodes
        var kill = pools.Turn(() => pool.KillAsync(Guid.NewGuid(), KillTarget.All, "user"));
        pools.Store.Add("removed", new PoolConfiguration { Limits = new PoolLimits(5, 1_000) });
        var change = pools.Turn(() => pool.ChangeAsync(new PoolConfiguration { Limits = new PoolLimits(6, 1_000), Version = 1 }));
        Assert.False(kill.IsCompleted || change.IsCompleted);
        pools.Turn(() => Left(pool));
        Assert.Throws<PoolSupersededException>(() => kill.Now());
        Assert.IsType<PoolSupersededException>(change.Exception?.InnerException);
    }

    private static AcquireRequest Request
        => new()
        {
            Job = new JobId(7, 7),
            Node = new NodeId("node"),
            Budget = TimeSpan.FromSeconds(1),
            Wait = TimeSpan.FromMinutes(1),
        };

    private PoolActivation Begin(string name)
    {
        var pool = new PoolActivation(name, pools.Ports, static _ => false);
        pools.Turn(() => Begun(pool));
        return pool;
    }

    private static bool Begun(PoolActivation pool)
    {
        pool.Begin();
        return true;
    }

    private static bool Left(PoolActivation pool)
    {
        pool.Leave();
        return true;
    }

    private static bool Left(PoolActor pool)
    {
        pool.Leave();
        return true;
    }

    /// <summary>A remote pool that accepts releases and never replies to requests.</summary>
    private sealed class SilentPool : IPoolPeer
    {
        public int Asked { get; private set; }

        public List<LeaseOutcome> Releases { get; } = [];

        public ILocalActor? LocalActor => null;

        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
        {
            Asked++;
            return new ValueTask<AcquireReply>(new TaskCompletionSource<AcquireReply>().Task);
        }

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests) => throw new NotSupportedException();

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
        {
            Releases.Add(request.Outcome);
            return ValueTask.FromResult(new ReleaseReply(1));
        }

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests) => throw new NotSupportedException();

        public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
            => ValueTask.FromResult<JobRejected?>(null);
    }
}
