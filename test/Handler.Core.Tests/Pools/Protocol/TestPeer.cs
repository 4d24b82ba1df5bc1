using Handler.FairShare;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>A pool that is reached by messages. Every call stays open until the test replies.</summary>
internal sealed class TestPeer : IPoolPeer
{
    public List<(AcquireRequest Request, TaskCompletionSource<AcquireReply> Reply)> Acquires { get; } = [];

    public List<(AcquireRequest[] Requests, TaskCompletionSource<AcquireReply[]> Replies)> AcquireBatches { get; } = [];

    public List<(ReleaseRequest Request, TaskCompletionSource<ReleaseReply> Reply)> Releases { get; } = [];

    public List<(ReleaseRequest[] Requests, TaskCompletionSource<ReleaseReply[]> Replies)> ReleaseBatches { get; } = [];

    /// <summary>The sizes about which it was asked whether it could ever admit them.</summary>
    public List<long> FeasibilityChecks { get; } = [];

    /// <summary>Says why it could never admit a job of this size.</summary>
    public Func<long, ValueTask<JobRejected?>> WhyInfeasible { get; set; } = static _ => ValueTask.FromResult<JobRejected?>(null);

    public ILocalActor? LocalActor { get; set; }

    /// <summary>The reply to each request for a share, given synchronously; <see langword="null"/> if the test replies later.</summary>
    public AcquireReply? Reply { get; set; }

    /// <summary>Thrown synchronously by every request and release; <see langword="null"/> for none.</summary>
    public Exception? Throws { get; set; }

    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
    {
        ThrowIfBroken();
        Acquires.Add((request, new()));
        if (Reply is { } reply)
            Acquires[^1].Reply.SetResult(reply);
        return new(Acquires[^1].Reply.Task);
    }

    public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
    {
        AcquireBatches.Add((requests, new()));
        return new(AcquireBatches[^1].Replies.Task);
    }

    public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
    {
        ThrowIfBroken();
        Releases.Add((request, new()));
        return new(Releases[^1].Reply.Task);
    }

    public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
    {
        ReleaseBatches.Add((requests, new()));
        return new(ReleaseBatches[^1].Replies.Task);
    }

    public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
    {
        FeasibilityChecks.Add(bytes);
        return WhyInfeasible(bytes);
    }

    private void ThrowIfBroken()
    {
        if (Throws is not null)
            throw Throws;
    }
}
