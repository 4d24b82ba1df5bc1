using Handler.Cluster;
using Handler.Embedded;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;
using static Handler.Tests.Cluster.CallParts;

namespace Handler.Tests.Cluster;

/// <summary>The leases of a node's jobs, one turn at a time.</summary>
public sealed class NodeLeasesTests : IPoolDirectory, IOtherNodes
{
    private readonly FakeTimeProvider time = new();
    private readonly MemoryPoolStore store = new();
    private readonly ScriptedPool pool = new("pool");
    private readonly TurnContext turns = new();
    private readonly List<string> failures = [];
    private readonly List<SynchronizationContext?> warnings = [];
    private readonly NodeLeases leases;

    public NodeLeasesTests()
    {
        store.Add("pool", new PoolConfiguration { Limits = new PoolLimits(10, 10) });
        var ports = new ClusterNodePorts { Id = Self, Scope = 7, Pools = this, Store = store, Others = this, Time = time, Turns = turns };
        var background = new BackgroundWork((work, exception) => failures.Add($"{work} {exception.Message}"));
        leases = new NodeLeases(ports, background, new CallingLogger(() => warnings.Add(SynchronizationContext.Current)));
    }

    IReadOnlyList<NodeLoad> IOtherNodes.Loads => [];

    [Fact]
    public async Task An_admitted_job_is_in_the_records_until_its_lease_ends()
    {
        var lease = await Admit();
        Assert.Equal(7u, lease.Job.Scope);
        Assert.Equal([new LeaseRecord("pool", lease.Job, 5)], leases.Records());
        Assert.Equal(lease.Job, Assert.Single(leases.Inventory(new InventoryRequest("pool", 1)).Jobs).Job);
        Assert.True(await Wait.For(leases.EndAsync(lease, LeaseOutcome.Completed).AsTask()));
        Assert.True(await Wait.For(leases.EndAsync(lease, LeaseOutcome.Completed).AsTask())); // it has ended before
        Assert.Empty(leases.Records());
        Assert.Single(pool.Releases);
    }

    [Fact]
    public async Task A_lease_has_one_record_for_each_pool_of_its_chain()
    {
        store.Add("parent", new PoolConfiguration { Limits = new PoolLimits(10, 10) });
        pool.WhenAsked = static request => Task.FromResult(
            AcquireReply.Yes(new PoolChain("pool", 1, request.Route, new PoolChain("parent", 1, 99, null))));
        var lease = await Admit();
        Assert.Equal([new LeaseRecord("pool", lease.Job, 5), new LeaseRecord("parent", lease.Job, 5)], leases.Records());
    }

    [Fact]
    public async Task A_pool_is_told_which_of_its_shares_are_unknown()
    {
        var lease = await Admit();
        ShareId known = new(lease.Job, lease.Chain.Route), unknown = new(new JobId(9, 9), 1);
        Assert.Equal([unknown], leases.Reconcile(new ReconcileRequest("pool", 1, [known, unknown])).Unknown);
    }

    [Fact]
    public async Task A_job_that_its_pool_rejects_has_no_lease()
    {
        var reject = new JobRejected("pool", RejectReason.QueueFull, 1, 1, 1);
        pool.WhenAsked = _ => Task.FromResult(AcquireReply.No(reject));
        var admission = await Wait.For(leases.AdmitAsync(Request, default).AsTask());
        Assert.Equal((null, reject), (admission.Lease, admission.Reject));
        Assert.Empty(leases.Records());
    }

    [Fact]
    public async Task A_reply_of_a_pool_is_handled_in_a_turn()
    {
        var reply = new TaskCompletionSource<AcquireReply>();
        pool.WhenAsked = _ => reply.Task;
        var admission = leases.AdmitAsync(Request, default).AsTask();
        var turn = turns.Enter();
        var other = new Thread(() => reply.SetResult(pool.Admit(Assert.Single(pool.Acquires))));
        other.Start();
        other.Join();
        Assert.False(admission.IsCompleted);
        turn.Dispose();
        Assert.NotNull((await Wait.For(admission)).Lease);
    }

    [Fact]
    public async Task A_kill_stops_the_call_that_runs_with_the_lease_after_the_turn()
    {
        var lease = await Admit();
        var call = new Call(CallParts.Request(), Self, time);
        lease.Attach(call);
        var stopped = new TaskCompletionSource<StopRequest>();
        call.OnStop(stopped.SetResult);
        var kill = new KillRequest(Guid.NewGuid(), "pool", null, KillTarget.All, "why");
        Assert.Equal((1, 1), (leases.Kill(kill), leases.Kill(kill)));
        Assert.Equal(new StopRequest(new JobKilled(KillCause.UserKilled, "why"), Immediately: true), await Wait.For(stopped.Task));
        Assert.Single(leases.Records()); // until the call has ended
    }

    [Fact]
    public async Task A_job_that_is_killed_before_it_starts_must_not_start()
    {
        var lease = await Admit();
        Assert.Equal(1, leases.Kill(new KillRequest(Guid.NewGuid(), "pool", [lease.Job], KillTarget.All, "why")));
        Assert.Equal("why", lease.Attach(new Call(CallParts.Request(), Self, time)));
        Assert.Equal(0, leases.Kill(new KillRequest(Guid.NewGuid(), "pool", [lease.Job, new JobId(9, 9)], KillTarget.All, "again")));
        Assert.Empty(failures);
    }

    [Fact]
    public async Task A_release_is_unacknowledged_until_its_pool_replies_and_is_not_repeated_after_the_node_has_closed()
    {
        pool.WhenReleased = static _ => Task.FromException<ReleaseReply>(new IOException("lost"));
        var lease = await Admit();
        var ended = leases.EndAsync(lease, LeaseOutcome.Completed).AsTask();
        Assert.Equal(1, leases.Unacknowledged);
        leases.Close();
        await time.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, leases.Unacknowledged);
        var releases = pool.Releases.Count;
        await time.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(releases, pool.Releases.Count);
        await Wait.For(ended);
    }

    [Fact]
    public async Task A_warning_about_a_pool_comes_outside_of_the_turns()
    {
        pool.WhenReleased = static _ => Task.FromException<ReleaseReply>(new IOException("lost"));
        var ended = leases.EndAsync(await Admit(), LeaseOutcome.Completed).AsTask();
        for (var i = 0; i < 10; i++)
            await time.PassAsync(TimeSpan.FromSeconds(1));
        Assert.False(await Wait.For(ended)); // it was not acknowledged in time
        Assert.Null(Assert.Single(warnings));
    }

    private static AdmissionRequest Request
        => new() { Pool = "pool", Bytes = 5, PoolTimeout = TimeSpan.FromSeconds(1) };

    IPoolPeer? IPoolDirectory.Find(string name) => name == "pool" ? pool : null;

    ILocalActor? IPoolDirectory.FindLocal(string name) => null;

    Task<CallReply> IOtherNodes.SubmitAsync(NodeId node, JobRequest request) => throw new NotSupportedException();

    private async Task<Lease> Admit() => (await Wait.For(leases.AdmitAsync(Request, default).AsTask())).Lease!;
}
