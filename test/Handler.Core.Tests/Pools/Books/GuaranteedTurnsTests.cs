using Handler.FairShare;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>Waiting jobs of pools that are guaranteed their room, and of others.</summary>
public sealed class GuaranteedTurnsTests
{
    private readonly PoolState state = new("pool") { Epoch = 3 };
    private ulong jobs;

    [Fact]
    public void A_guaranteed_job_comes_before_the_fair_order_and_before_a_job_for_which_room_is_kept()
    {
        Start(4, 10, new Guarantee("gold", null, 1, 4));
        Hold("silver", 3);
        var running = Hold("gold", 4);
        var large = Queue("bronze", 6);
        for (var i = 0; i < Tuning.Pools.MaxOvertakes; i++)
            Release(Hold("silver", 1));
        Hold("silver", 1, HoldResult.Behind);
        var gold = Queue("gold", 4);
        state.GiveRoom(0);
        Assert.Equal((null, null), (large.HasShare, gold.HasShare));
        Release(running);
        Assert.Equal((null, true), (large.HasShare, gold.HasShare));
        Assert.Equal(Tuning.Pools.MaxOvertakes, large.Leaf!.Queue!.Overtaken);
    }

    [Fact]
    public void A_guaranteed_worker_is_given_although_the_first_children_wait_for_one()
    {
        Start(2, 100, new Guarantee("gold", null, 1, 0));
        var gold = Hold("gold", 9);
        Hold("silver", 1);
        var others = Enumerable.Range(0, 2 * Tuning.Pools.MaxHeadsChecked).Select(i => Queue($"other{i}", 1)).ToList();
        var next = Queue("gold", 9);
        Hold("idle", 0, HoldResult.NoWorkers);
        Release(gold);
        Assert.True(next.HasShare);
        Assert.All(others, static other => Assert.Null(other.HasShare));
    }

    [Fact]
    public void A_guaranteed_worker_alone_does_not_take_memory_before_others()
    {
        Start(9, 10, new Guarantee("gold", null, 9, 0));
        var running = Hold("gold", 8);
        var (silver, gold) = (Queue("silver", 6), Queue("gold", 6));
        Limit(18, 10, new Guarantee("gold", null, 9, 0));
        Release(running);
        Assert.Equal((true, null), (silver.HasShare, gold.HasShare));
    }

    [Fact]
    public void Within_a_guarantee_the_children_take_turns()
    {
        Start(2, 10, new Guarantee("gold", null, 1, 5));
        Hold("stranger", 5);
        var running = Hold("gold", 5, below: "a");
        var (first, second) = (Queue("gold", 5, below: "b"), Queue("gold", 5, below: "a"));
        Release(running);
        Assert.Equal((true, null), (first.HasShare, second.HasShare));
    }

    [Fact]
    public void A_new_guarantee_is_kept_from_what_becomes_free()
    {
        Start(2, 10);
        var (one, _) = (Hold("silver", 1), Hold("silver", 1));
        var (silver, gold) = (Queue("silver", 1), Queue("gold", 1));
        Limit(2, 10, new Guarantee("gold", null, 2, 2));
        state.DismissInfeasible();
        Assert.False(silver.HasShare);
        Release(one);
        Assert.True(gold.HasShare);
        Assert.Equal(2, state.Ledger.UsedWorkers);
    }

    [Fact]
    public void A_reject_because_of_a_guarantee_says_whose_it_is_and_whether_waiting_helps()
    {
        Start(3, 10, new Guarantee("gold", null, 1, 6));
        Hold("silver", 2);
        var now = state.RejectFor(state.Ledger.Check(null, 3), Ask("bronze", 3, null));
        Assert.Equal(new JobRejected("pool", RejectReason.InsufficientMemory, 3, 8, 10) { Kept = 6, KeptFor = "gold" }, now);
        Assert.True(now.MayPass());
        var never = state.CheckFeasibility(null, 5)!;
        Assert.Equal(new JobRejected("pool", RejectReason.InsufficientMemory, 5, 6, 10) { Kept = 6, KeptFor = "gold" }, never);
        Assert.False(never.MayPass());
        Assert.Null(state.CheckFeasibility(To("gold"), 10));
        Assert.Equal(RejectReason.InsufficientMemory, state.CheckFeasibility(To("gold"), 11)!.Reason);
    }

    private static PoolPath To(string child, string? below = null)
        => new(child, 1, below is null ? null : new PoolPath(below, 1, null));

    private void Start(int workers, long bytes, params Guarantee[] guarantees)
    {
        Limit(workers, bytes, guarantees);
        state.Advance(PoolPhase.Ready);
    }

    private void Limit(int workers, long bytes, params Guarantee[] guarantees) => state.Apply(new PoolConfiguration
    {
        Limits = new PoolLimits(workers, bytes),
        MaxWaiting = 100,
        Guarantees = new GuaranteeList(guarantees),
    });

    private AcquireRequest Ask(string child, long bytes, string? below) => new()
    {
        Job = new JobId(1, ++jobs),
        Route = 1,
        Node = new NodeId("n"),
        Bytes = bytes,
        From = To(child, below),
    };

    private AcquireRequest Hold(string child, long bytes, HoldResult expected = HoldResult.Held, string? below = null)
    {
        var request = Ask(child, bytes, below);
        Assert.Equal(expected, state.TryHold(request, 0));
        return request;
    }

    private TestWaiter Queue(string child, long bytes, string? below = null)
    {
        var waiter = new TestWaiter(Ask(child, bytes, below));
        state.Enqueue(waiter);
        return waiter;
    }

    private void Release(in AcquireRequest request)
    {
        Assert.True(state.TryRollBack(request));
        state.GiveRoom(0);
    }
}
