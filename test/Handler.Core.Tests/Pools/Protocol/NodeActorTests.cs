using Handler.Embedded;
using Handler.FairShare;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>The node's side of the protocol, with a pool that does what the test says.</summary>
public class NodeActorTests : IPoolDirectory, IPoolPeer, IPoolStore
{
    private readonly World world = new(1, trace: false);
    private readonly SimProcess process;
    private readonly MemoryPoolStore store = new();
    private readonly NodeActor node;
    private readonly Queue<TaskCompletionSource<AcquireReply>> replies = [];
    private readonly List<AcquireRequest> asked = [];
    private readonly List<ReleaseRequest> released = [];
    private readonly RecordingLogger log = new();
    private Func<ValueTask<ReleaseReply>> release = () => ValueTask.FromResult(new ReleaseReply(1));
    private Task read = Task.CompletedTask;

    public NodeActorTests()
    {
        process = new SimProcess(world, "node", new SimMachine("machine"));
        node = new NodeActor(
            new NodeId("node"),
            1,
            new NodePorts
            {
                Pools = this,
                Store = this,
                Jobs = new NoJobs(),
                Time = process.Time,
                Log = log,
            });
        store.Add("pool", new PoolConfiguration { Limits = new PoolLimits(1, 1) });
    }

    [Fact]
    public void A_job_is_rejected_and_its_request_withdrawn_if_the_pool_does_not_reply_in_time()
    {
        var late = Reply();
        var admission = Admit();
        Advance(999);
        Assert.False(admission.IsCompleted);
        Advance(2);
        Assert.Equal(new JobRejected("pool", RejectReason.PoolTimeout, 0, 0, 1_000), admission.Now().Reject);
        Assert.Equal(new ReleaseRequest(asked[0].Job, Route.Entry, LeaseOutcome.Withdrawn), Assert.Single(released));
        Turn(() => late.TrySetResult(Yes(1)));
        Assert.Empty(node.Registry.Leases);
        Assert.False(node.Registry.Knows("pool", new ShareId(asked[0].Job, Route.Entry)));
    }

    [Fact]
    public void A_cancelled_request_completes_when_the_share_that_arrives_late_is_released()
    {
        using var source = new CancellationTokenSource();
        var late = Reply();
        var admission = Admit(source.Token);
        Cancel(source);
        Assert.Equal(new ReleaseRequest(asked[0].Job, Route.Entry, LeaseOutcome.Withdrawn), Assert.Single(released));
        Assert.False(admission.IsCompleted);

        var acknowledged = new TaskCompletionSource<ReleaseReply>();
        release = () => new ValueTask<ReleaseReply>(acknowledged.Task);
        Turn(() => late.TrySetResult(Yes(1)));
        Assert.Equal(2, released.Count);
        Assert.False(admission.IsCompleted);
        Turn(() => acknowledged.TrySetResult(new ReleaseReply(1)));
        Assert.True(admission.IsCanceled);
    }

    [Fact]
    public void A_request_cancelled_while_a_record_is_read_completes_when_its_share_is_released()
    {
        using var source = new CancellationTokenSource();
        read = new TaskCompletionSource().Task;
        var acknowledged = new TaskCompletionSource<ReleaseReply>();
        release = () => new ValueTask<ReleaseReply>(acknowledged.Task);
        Reply(Yes(1));
        var admission = Admit(source.Token);
        Assert.False(admission.IsCompleted);
        Cancel(source);
        Assert.Single(released);
        Assert.False(admission.IsCompleted);
        Turn(() => acknowledged.TrySetResult(new ReleaseReply(1)));
        Assert.True(admission.IsCanceled);
    }

    [Fact]
    public void A_cancelled_request_waits_at_most_one_second_for_a_pool_that_does_not_reply()
    {
        using var source = new CancellationTokenSource();
        Reply();
        var admission = Admit(source.Token);
        Cancel(source);
        Advance(999);
        Assert.False(admission.IsCompleted);
        Advance(2);
        Assert.True(admission.IsCanceled);
    }

    [Fact]
    public void A_job_is_known_from_its_request_to_its_end()
    {
        var replying = Reply();
        var admission = Admit();
        var share = new ShareId(asked[0].Job, Route.Entry);
        Assert.True(node.Registry.Knows("pool", share));
        Turn(() => replying.TrySetResult(Yes(1)));
        Assert.True(node.Registry.Knows("pool", share));
        Assert.False(node.Registry.Knows("other", share));
        Turn(() => node.EndAsync(admission.Now().Lease!, LeaseOutcome.Completed).AsTask());
        Assert.False(node.Registry.Knows("pool", share));
    }

    [Fact]
    public void A_lease_of_a_replaced_activation_is_released_and_requested_again_under_another_id()
    {
        Reply(Yes(1));
        Reply(Yes(2));
        node.Inventory(new InventoryRequest("pool", 2));
        var admission = Admit();
        Advance(100);
        Assert.Equal(2, admission.Now().Lease!.Chain.Epoch);
        Assert.Equal(2, asked[1].Seen);
        Assert.NotEqual(asked[0].Job, asked[1].Job);
        Assert.Equal(asked[0].Job, released[0].Job);
    }

    [Fact]
    public void A_new_node_does_not_trust_an_old_epoch_that_it_learns_first()
    {
        var record = new PoolRecord(new PoolConfiguration { Limits = default }, 9);
        Assert.NotNull(store.WriteAsync("pool", record, "0").Now());
        Assert.Equal(7, node.Inventory(new InventoryRequest("pool", 7)).Epoch);
        Reply(Yes(7));
        Reply(Yes(9));
        var admission = Admit();
        Advance(100);
        Assert.Equal(9, admission.Now().Lease!.Chain.Epoch);
    }

    [Fact]
    public void A_lease_of_a_pool_that_was_removed_before_the_node_knew_it_is_released()
    {
        store.Remove("pool");
        Reply(Yes(7));
        Assert.Equal(Rejects.NoSuchPool("pool"), Admit().Now().Reject);
        Assert.Equal(asked[0].Job, Assert.Single(released).Job);

        store.Add("pool", new PoolConfiguration { Limits = default });
        Reply(Yes(8));
        Assert.Equal(8, Admit().Now().Lease!.Chain.Epoch);
    }

    [Fact]
    public void An_old_activation_learns_the_new_epoch_from_inventory_and_reconciliation()
    {
        node.Inventory(new InventoryRequest("pool", 3));
        Assert.Equal(
            (3, 0),
            (node.Inventory(new InventoryRequest("pool", 2)).Epoch, node.Inventory(new InventoryRequest("pool", 2)).Jobs.Count));
        Assert.Equal(3, node.Reconcile(new ReconcileRequest("pool", 2, [])).Epoch);
    }

    [Fact]
    public void The_outcome_waits_until_the_release_is_acknowledged()
    {
        Reply(Yes(1));
        var lease = Admit().Now().Lease!;
        var fails = 2;
        release = () => --fails >= 0 ? throw new IOException("lost") : ValueTask.FromResult(new ReleaseReply(1));
        var end = Turn(() => node.EndAsync(lease, LeaseOutcome.Completed).AsTask());
        Assert.False(end.IsCompleted);
        Advance(500);
        Assert.True(end.Now());
        Assert.Equal((3, 0), (released.Count, node.Unacknowledged));
    }

    [Fact]
    public void An_acknowledgement_by_a_replaced_activation_does_not_count()
    {
        Reply(Yes(1));
        var lease = Admit().Now().Lease!;
        node.Inventory(new InventoryRequest("pool", 2));
        var end = Turn(() => node.EndAsync(lease, LeaseOutcome.Completed).AsTask());
        Advance(500);
        Assert.False(end.IsCompleted);
        release = () => ValueTask.FromResult(new ReleaseReply(2));
        Advance(1_000);
        Assert.True(end.Now());
    }

    [Fact]
    public void An_unacknowledged_release_is_logged_after_five_seconds_and_then_once_a_minute()
    {
        Reply(Yes(1));
        Reply(Yes(1));
        var leases = new[] { Admit().Now().Lease!, Admit().Now().Lease! };
        release = () => throw new IOException("lost");
        foreach (var lease in leases)
            Turn(() => node.EndAsync(lease, LeaseOutcome.Completed).AsTask());
        Advance(5_000);
        Assert.Empty(log.Lines);
        Advance(2_000);
        var warning = Assert.Single(log.Lines);
        Assert.Matches("^Pool pool has not acknowledged a release for [56][.][0-9] s, of 2 to all pools", warning.Text);
        Assert.IsType<IOException>(warning.Exception);
        Advance(58_000);
        Assert.Single(log.Lines);
        Advance(4_000);
        Assert.Equal(2, log.Lines.Count);
        release = () => ValueTask.FromResult(new ReleaseReply(1));
        Advance(120_000);
        Assert.Equal((2, 0), (log.Lines.Count, node.Unacknowledged));
    }

    [Fact]
    public void A_pool_that_cannot_be_reached_delays_the_outcome_by_at_most_five_seconds()
    {
        Reply(Yes(1));
        var lease = Admit().Now().Lease!;
        release = () => throw new IOException("lost");
        var end = Turn(() => node.EndAsync(lease, LeaseOutcome.Completed).AsTask());
        Advance(4_999);
        Assert.False(end.IsCompleted);
        Advance(2);
        Assert.False(end.Now());
        Assert.Equal(1, node.Unacknowledged);
        release = () => ValueTask.FromResult(new ReleaseReply(1));
        Advance(2_000);
        Assert.Equal(0, node.Unacknowledged);
    }

    [Fact]
    public void A_repeated_kill_request_kills_once_and_returns_the_same_count()
    {
        Reply(Yes(1));
        var lease = Admit().Now().Lease!;
        var kill = new KillRequest(Guid.NewGuid(), "pool", [lease.Job, new JobId(9, 9)], KillTarget.All, "because");
        Assert.Equal((1, 1), (node.Kill(kill), node.Kill(kill)));
        Assert.Equal(0, node.Kill(kill with { Id = Guid.NewGuid() }));
    }

    [Fact]
    public void A_lease_is_known_until_its_pool_acknowledges_the_release()
    {
        Reply(Yes(1));
        var lease = Admit().Now().Lease!;
        var acknowledged = new TaskCompletionSource<ReleaseReply>();
        release = () => new ValueTask<ReleaseReply>(acknowledged.Task);
        Turn(() => node.EndAsync(lease, LeaseOutcome.Completed).AsTask());
        var share = new ShareId(lease.Job, Route.Entry);
        Assert.Empty(node.Reconcile(new ReconcileRequest("pool", 1, [share])).Unknown);
        Assert.Empty(node.Inventory(new InventoryRequest("pool", 1)).Jobs);
        Turn(() => acknowledged.TrySetResult(new ReleaseReply(1)));
        Assert.Equal([share], node.Reconcile(new ReconcileRequest("pool", 1, [share])).Unknown);
    }

    [Fact]
    public void A_share_by_a_route_other_than_the_route_of_its_job_is_not_known()
    {
        Reply(Yes(1));
        var job = Admit().Now().Lease!.Job;
        var another = new ShareId(job, Route.Through(Route.Entry, 1, 0));
        Assert.Equal([another], node.Reconcile(new ReconcileRequest("pool", 1, [new ShareId(job, Route.Entry), another])).Unknown);
    }

    [Fact]
    public void A_kill_without_a_list_of_jobs_finds_the_jobs_of_the_pool_on_the_node()
    {
        Reply(Yes(1));
        Reply(Yes(1));
        var (report, other) = (Admit(name: "report").Now().Lease!, Admit(name: "other").Now().Lease!);
        Assert.Equal(0, Kill("another", KillTarget.All));
        Assert.Equal(1, Kill("pool", new KillTarget("report", null)));
        Assert.Equal((true, false), (report.KilledBy is not null, other.KilledBy is not null));
        Assert.Equal(0, Kill("pool", new KillTarget(null, report.Job)));
        Assert.Equal(1, Kill("pool", KillTarget.All));

        int Kill(string pool, KillTarget target) => node.Kill(new KillRequest(Guid.NewGuid(), pool, null, target, "because"));
    }

    [Fact]
    public void A_request_whose_parent_was_unreachable_is_sent_again_until_the_pool_timeout()
    {
        var unreachable = AcquireReply.No(Rejects.Timeout("parent", TimeSpan.FromMilliseconds(900)), askAgain: true);
        Reply(unreachable);
        Reply(unreachable);
        Reply(Yes(1));
        var admission = Admit();
        Advance(200);
        Assert.NotNull(admission.Now().Lease);
        Assert.Equal(3, asked.Select(asked => asked.Job).Distinct().Count());

        for (var i = 0; i < 10; i++)
            Reply(unreachable);
        admission = Admit();
        Advance(1_000);
        Assert.Equal(new JobRejected("parent", RejectReason.PoolTimeout, 0, 0, 1_000), admission.Now().Reject);
    }

    async ValueTask<(PoolRecord Record, string Tag)?> IPoolStore.ReadAsync(string pool)
    {
        await read;
        return await store.ReadAsync(pool);
    }

    ValueTask<string?> IPoolStore.WriteAsync(string pool, PoolRecord record, string tag)
        => throw new NotSupportedException("A node does not write.");

    IPoolPeer? IPoolDirectory.Find(string pool) => this;

    ILocalActor? IPoolDirectory.FindLocal(string pool) => null;

    ILocalActor? IPoolPeer.LocalActor => null;

    ValueTask<AcquireReply> IPoolPeer.AcquireAsync(in AcquireRequest request)
    {
        asked.Add(request);
        return new ValueTask<AcquireReply>(replies.Dequeue().Task);
    }

    ValueTask<AcquireReply[]> IPoolPeer.AcquireManyAsync(AcquireRequest[] requests) => throw new NotSupportedException();

    ValueTask<ReleaseReply> IPoolPeer.ReleaseAsync(in ReleaseRequest request)
    {
        released.Add(request);
        return release();
    }

    ValueTask<ReleaseReply[]> IPoolPeer.ReleaseManyAsync(ReleaseRequest[] requests) => throw new NotSupportedException();

    ValueTask<JobRejected?> IPoolPeer.CheckFeasibilityAsync(PoolPath? from, long bytes, int depth) => throw new NotSupportedException();

    private static AcquireReply Yes(long epoch) => AcquireReply.Yes(new PoolChain("pool", epoch, Route.Entry, null));

    private TaskCompletionSource<AcquireReply> Reply(AcquireReply? reply = null)
    {
        var replying = new TaskCompletionSource<AcquireReply>();
        if (reply is { } now)
            replying.SetResult(now);
        replies.Enqueue(replying);
        return replying;
    }

    private Task<Admission> Admit(CancellationToken cancellationToken = default, string? name = null)
        => Turn(() =>
            node.AdmitAsync(
                    new AdmissionRequest
                    {
                        Pool = "pool",
                        Name = name,
                        Bytes = 1,
                        PoolTimeout = TimeSpan.FromSeconds(1),
                    },
                    cancellationToken)
                .AsTask());

    private void Cancel(CancellationTokenSource source) => Turn(() =>
    {
        source.Cancel();
        return true;
    });

    private T Turn<T>(Func<T> action)
    {
        var result = default(T)!;
        world.Schedule(process, TimeSpan.Zero, () => result = action());
        Advance(0);
        return result;
    }

    private void Advance(double milliseconds) => world.RunUntil(world.Elapsed + TimeSpan.FromMilliseconds(milliseconds));

    private sealed class NoJobs : INodeJobs
    {
        public void Kill(JobId job, string reason)
        {
        }
    }
}
