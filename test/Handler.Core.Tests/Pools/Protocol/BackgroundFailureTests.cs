using Handler.Embedded;
using Handler.FairShare;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>What actors do in the background may fail: it is reported, and no caller waits forever.</summary>
public sealed class BackgroundFailureTests : IPoolDirectory, IPoolPeer, IPoolStore, INodeJobs
{
    private readonly TurnContext turns = new();
    private readonly NoTimers time = new();
    private readonly MemoryPoolStore store = new();
    private readonly RecordingLogger log = new();
    private int findsLeft = int.MaxValue;
    private AcquireReply reply;
    private ReleaseReply? released;
    private bool storeIsBroken;

    [Fact]
    public async Task A_release_that_cannot_be_sent_is_reported_and_the_caller_gets_its_reject()
    {
        var node = Node();
        reply = AcquireReply.Yes(new PoolChain("removed", 1, Route.Entry, null));
        findsLeft = 1; // the pool is found for the request, and not for the release
        var admission = await Turn(() => node.AdmitAsync(Request("pool")).AsTask());
        Assert.Equal(RejectReason.NoSuchPool, admission.Reject.Reason);
        AssertWarned<IOException>("the release of an unused share");
    }

    [Fact]
    public async Task A_lease_whose_release_fails_is_no_longer_known_to_its_node()
    {
        store.Add("pool", new PoolConfiguration { Limits = new PoolLimits(1, 1) });
        var node = Node();
        reply = AcquireReply.Yes(new PoolChain("pool", 1, Route.Entry, null));
        var lease = (await Turn(() => node.AdmitAsync(Request("pool")).AsTask())).Lease!;
        released = null; // so the release waits for its next try, for which there is no timer
        Assert.False(await Turn(() => node.EndAsync(lease, LeaseOutcome.Completed).AsTask()));
        Assert.False(node.Registry.Knows("pool", new ShareId(lease.Job, Route.Entry)));
        AssertWarned<NotSupportedException>("the release of a lease");
    }

    [Fact]
    public async Task An_activation_whose_recovery_fails_refuses_the_calls_that_wait_for_it()
    {
        storeIsBroken = true; // so the recovery waits for its next try, for which there is no timer
        var pool = Activation();
        var snapshot = Turn(() =>
        {
            pool.Begin();
            return pool.GetSnapshotAsync();
        });
        await Assert.ThrowsAsync<PoolSupersededException>(() => snapshot);
        Assert.True(pool.IsSuperseded);
        AssertWarned<NotSupportedException>("the recovery");
    }

    [Fact]
    public void A_failed_reconciliation_after_the_death_of_a_node_is_reported()
    {
        var pool = Activation();
        Turn(() =>
        {
            pool.NodeDied(new NodeId("dead"));
            return Task.FromResult(true);
        });
        AssertWarned<NotSupportedException>("the reconciliation after the death of a node");
    }

    [Fact]
    public async Task A_batch_that_cannot_be_sent_fails_only_its_own_items()
    {
        var background = new BackgroundWork((work, exception) => Assert.Fail($"{work}: {exception}"), inTurns: true);
        var calls = new List<TaskCompletionSource<int>>();
        var batcher = new RequestBatcher<int, int>(
            item =>
            {
                calls.Add(new TaskCompletionSource<int>());
                return new ValueTask<int>(calls[^1].Task);
            },
            static items => items.Contains(13) ? throw new IOException() : ValueTask.FromResult(items),
            static _ => Timeout.InfiniteTimeSpan,
            TimeProvider.System,
            background);
        var replies = Turn(() => Enumerable.Range(11, 4).Select(item => batcher.SendAsync(item).AsTask()).ToList());
        Turn(() => calls[0].TrySetResult(11));
        await Assert.ThrowsAsync<IOException>(() => replies[2]);
        await Assert.ThrowsAsync<IOException>(() => replies[3]);
        var next = Turn(() => batcher.SendAsync(15).AsTask());
        calls.ForEach(call => Turn(() => call.TrySetResult(1)));
        var sent = await Task.WhenAll(replies[0], replies[1], next);
        Assert.Equal([11, 1, 1], sent);
        Assert.Empty(log.Lines);
    }

    async ValueTask<(PoolRecord Record, string Tag)?> IPoolStore.ReadAsync(string pool)
        => storeIsBroken ? throw new IOException("There is no storage.") : await store.ReadAsync(pool);

    ValueTask<string?> IPoolStore.WriteAsync(string pool, PoolRecord record, string tag) => store.WriteAsync(pool, record, tag);

    IPoolPeer? IPoolDirectory.Find(string pool) => findsLeft-- > 0 ? this : throw new IOException("There is no directory.");

    ILocalActor? IPoolDirectory.FindLocal(string pool) => null;

    ILocalActor? IPoolPeer.LocalActor => null;

    ValueTask<AcquireReply> IPoolPeer.AcquireAsync(in AcquireRequest request) => ValueTask.FromResult(reply);

    ValueTask<AcquireReply[]> IPoolPeer.AcquireManyAsync(AcquireRequest[] requests) => throw new NotSupportedException();

    ValueTask<ReleaseReply> IPoolPeer.ReleaseAsync(in ReleaseRequest request)
        => released is { } reply
            ? ValueTask.FromResult(reply)
            : ValueTask.FromException<ReleaseReply>(new IOException("There is no network."));

    ValueTask<ReleaseReply[]> IPoolPeer.ReleaseManyAsync(ReleaseRequest[] requests) => throw new NotSupportedException();

    ValueTask<JobRejected?> IPoolPeer.CheckFeasibilityAsync(PoolPath? from, long bytes, int depth) => throw new NotSupportedException();

    void INodeJobs.Kill(JobId job, string reason) => throw new NotSupportedException();

    private static AdmissionRequest Request(string pool) => new() { Pool = pool, Bytes = 1, PoolTimeout = TimeSpan.FromSeconds(1) };

    private NodeActor Node() => new(
        new NodeId("node"), 1, new NodePorts { Pools = this, Store = this, Jobs = this, Time = time, Log = log });

    private PoolActivation Activation()
        => new("pool", new PoolPorts { Pools = this, Nodes = null!, Store = this, Time = time, Log = log }, static _ => false);

    private void AssertWarned<TException>(string what)
        => Assert.Single(log.Lines, line => line.Text.Contains(what, StringComparison.Ordinal) && line.Exception is TException);

    private T Turn<T>(Func<T> action)
    {
        using (turns.Enter())
            return action();
    }
}
