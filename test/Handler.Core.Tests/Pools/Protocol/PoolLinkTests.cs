using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>Which calls to a pool are sent alone, and which as a batch.</summary>
public sealed class PoolLinkTests : IDisposable
{
    private readonly List<string> failures = [];
    private readonly VirtualProcess process = new();
    private readonly TestPeer peer = new();
    private readonly PoolLink link;

    public PoolLinkTests()
        => link = new("pool", peer, PoolTimings.Default, process.Time, new BackgroundWork((work, _) => failures.Add(work), inTurns: true));

    [Fact]
    public void Requests_are_batched_unless_they_wait_for_room()
    {
        Acquire(4);
        process.Turn(() => link.AcquireAsync(Ask(5) with { Wait = TimeSpan.FromSeconds(1) }).AsTask());
        Assert.Equal([1UL, 2UL, 5UL], peer.Acquires.Select(sent => sent.Request.Job.Sequence));
        process.Turn(() => peer.Acquires[0].Reply.TrySetResult(AcquireReply.No(Rejects.NoSuchPool("pool"))));
        Assert.Equal([3UL, 4UL], Assert.Single(peer.AcquireBatches).Requests.Select(sent => sent.Job.Sequence));
    }

    [Fact]
    public void Requests_to_a_local_pool_are_not_batched()
    {
        peer.LocalActor = new DirectPools().Add("pool", 1);
        Assert.Same(peer.LocalActor, link.LocalActor);
        Acquire(4);
        Assert.Equal(4, peer.Acquires.Count);
    }

    [Fact]
    public void Releases_are_batched_and_do_not_wait_for_requests()
    {
        Acquire(4);
        Release(4);
        Assert.Equal([1UL, 2UL], peer.Releases.Select(sent => sent.Request.Job.Sequence));
        process.Turn(() => peer.Releases[0].Reply.TrySetResult(new ReleaseReply(1)));
        Assert.Equal([3UL, 4UL], Assert.Single(peer.ReleaseBatches).Requests.Select(sent => sent.Job.Sequence));
    }

    [Fact]
    public void A_request_is_lost_after_its_own_time_and_a_release_after_the_timeout_of_calls()
    {
        var (acquired, released) = (Acquire(1)[0], Release(1)[0]);
        process.Advance(499);
        Assert.False(acquired.IsCompleted);
        process.Advance(1);
        Assert.IsType<TimeoutException>(acquired.Exception?.InnerException);
        process.Advance(499);
        Assert.False(released.IsCompleted);
        process.Advance(1);
        Assert.IsType<TimeoutException>(released.Exception?.InnerException);
    }

    [Fact]
    public void No_call_throws_synchronously()
    {
        peer.Throws = new IOException("The pool cannot be reached.");
        var failed = process.Turn(() => new Task[]
        {
            link.AcquireAsync(Ask(1)).AsTask(),
            link.AcquireAsync(Ask(2) with { Wait = TimeSpan.FromSeconds(1) }).AsTask(),
            link.ReleaseAsync(ReleaseOf(1)).AsTask(),
        });
        Assert.All(failed, call => Assert.Same(peer.Throws, call.Exception?.InnerException));
    }

    [Fact]
    public void A_check_of_feasibility_is_passed_on()
    {
        JobRejected tooBig = new("pool", RejectReason.InsufficientMemory, 9, 0, 8);
        peer.WhyInfeasible = bytes => ValueTask.FromResult(bytes > 8 ? tooBig : null);
        Assert.Same(tooBig, link.CheckFeasibilityAsync(null, 9, 1).Now());
        Assert.Null(link.CheckFeasibilityAsync(null, 8, 1).Now());
        Assert.Equal([9, 8], peer.FeasibilityChecks);
    }

    [Fact]
    public void A_late_release_is_logged_once_a_minute()
    {
        Assert.Equal([true, false], [link.LateReleases.IsDue(), link.LateReleases.IsDue()]);
        process.Advance(60_000);
        Assert.True(link.LateReleases.IsDue());
    }

    public void Dispose() => Assert.Empty(failures);

    private static AcquireRequest Ask(int number)
        => new() { Job = new JobId(1, (ulong)number), Node = new NodeId("node"), Budget = TimeSpan.FromMilliseconds(500) };

    private static ReleaseRequest ReleaseOf(int number) => new(new JobId(1, (ulong)number), Route.Entry, LeaseOutcome.Completed);

    private List<Task<AcquireReply>> Acquire(int count)
        => process.Turn(() => Enumerable.Range(1, count).Select(number => link.AcquireAsync(Ask(number)).AsTask()).ToList());

    private List<Task<ReleaseReply>> Release(int count)
        => process.Turn(() => Enumerable.Range(1, count).Select(number => link.ReleaseAsync(ReleaseOf(number)).AsTask()).ToList());
}
