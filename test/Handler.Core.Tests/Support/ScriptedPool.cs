using System.Collections.Concurrent;
using Handler.FairShare;
using Handler.Pools;

namespace Handler.Tests;

/// <summary>
/// A remote pool that replies as the test says. Unless told otherwise, it admits every job and acknowledges every release.
/// </summary>
internal sealed class ScriptedPool(string name) : IPoolPeer
{
    public string Name => name;

    public ConcurrentQueue<AcquireRequest> Acquires { get; } = [];

    public ConcurrentQueue<ReleaseRequest> Releases { get; } = [];

    /// <summary>Replies to a request; <see langword="null"/> to admit it.</summary>
    public Func<AcquireRequest, Task<AcquireReply>>? WhenAsked { get; set; }

    /// <summary>Acknowledges a release; <see langword="null"/> to do so immediately.</summary>
    public Func<ReleaseRequest, Task<ReleaseReply>>? WhenReleased { get; set; }

    public ILocalActor? LocalActor => null;

    public AcquireReply Admit(in AcquireRequest request) => AcquireReply.Yes(new PoolChain(name, 1, request.Route, null));

    public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
    {
        Acquires.Enqueue(request);
        return WhenAsked is { } reply ? new(reply(request)) : new(Admit(request));
    }

    public async ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
        => await Task.WhenAll(requests.Select(request => AcquireAsync(request).AsTask()));

    public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
    {
        Releases.Enqueue(request);
        return WhenReleased is { } reply ? new(reply(request)) : new(new ReleaseReply(1));
    }

    public async ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
        => await Task.WhenAll(requests.Select(request => ReleaseAsync(request).AsTask()));

    public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth) => default;
}
