using System.Runtime.CompilerServices;
using Handler.FairShare;
using Handler.Grains.Pools;
using Handler.Pools;

namespace Handler.Grains.Tests;

/// <summary>The turns that a silo's node and pools share, in combination with Orleans' locks.</summary>
public sealed class ColocatedPoolsTests
{
    private readonly ColocatedPools colocated = new(TimeProvider.System);

    /// <summary>
    /// Orleans takes an activation's lock to deliver a message, and holds it while the activation starts, which enters a turn. A message
    /// sent within a turn could therefore wait forever.
    /// </summary>
    [Theory]
    [InlineData(nameof(IPoolPeer.AcquireAsync))]
    [InlineData(nameof(IPoolPeer.AcquireManyAsync))]
    [InlineData(nameof(IPoolPeer.ReleaseAsync))]
    [InlineData(nameof(IPoolPeer.ReleaseManyAsync))]
    [InlineData(nameof(IPoolPeer.CheckFeasibilityAsync))]
    public async Task A_grain_is_called_outside_of_the_turn_that_requests_the_call(string call)
    {
        var grain = new Grain(() =>
        {
            var another = new Thread(() => colocated.Turns.Enter().Dispose()) { IsBackground = true };
            another.Start();
            Assert.True(another.Join(TimeSpan.FromSeconds(30)), "No other thread is given a turn while the grain is called.");
        });
        var grains = Fake.Grains((_, _) => grain);
        Task reply;
        using (colocated.Turns.Enter())
        {
            var pool = new GrainPools(grains, colocated).Find("pool")!;
            reply = call switch
            {
                nameof(IPoolPeer.AcquireAsync) => pool.AcquireAsync(Acquire).AsTask(),
                nameof(IPoolPeer.AcquireManyAsync) => pool.AcquireManyAsync([Acquire]).AsTask(),
                nameof(IPoolPeer.ReleaseAsync) => pool.ReleaseAsync(Release).AsTask(),
                nameof(IPoolPeer.ReleaseManyAsync) => pool.ReleaseManyAsync([Release]).AsTask(),
                _ => (Task)pool.CheckFeasibilityAsync(null, 1, 0).AsTask(),
            };
            Assert.Null(grain.Called);
        }

        await reply;
        Assert.Equal(call, grain.Called);
    }

    private static AcquireRequest Acquire => new() { Job = new JobId(1, 1), Node = new NodeId("node") };

    private static ReleaseRequest Release => new(new JobId(1, 1), Route.Entry, LeaseOutcome.Withdrawn);

    private sealed class Grain(Action whenCalled) : IPoolGrain
    {
        public string? Called { get; private set; }

        public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request) => Reply<AcquireReply>();

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests) => Reply<AcquireReply[]>();

        public ValueTask<ReleaseReply> ReleaseAsync(ReleaseRequest request) => Reply<ReleaseReply>();

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests) => Reply<ReleaseReply[]>();

        public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth) => Reply<JobRejected?>();

        public Task<KillReply> KillAsync(Guid kill, KillTarget target, string reason) => throw new NotSupportedException();

        public Task<PoolSnapshot?> GetSnapshotAsync() => throw new NotSupportedException();

        public Task FollowAsync() => throw new NotSupportedException();

        private ValueTask<T> Reply<T>([CallerMemberName] string method = "")
        {
            Called = method;
            whenCalled();
            return default;
        }
    }
}
