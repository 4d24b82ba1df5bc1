using Handler.FairShare;
using Handler.Pools;

namespace Handler.Grains;

/// <summary>One pool; the key is the pool's name. The messages are those of docs/pools-protocol.md.</summary>
[Alias("handler.IPoolGrain")]
internal interface IPoolGrain : IGrainWithStringKey
{
    [Alias("Acquire")]
    [ResponseTimeout(GrainCalls.AcquireTimeout)]
    ValueTask<AcquireReply> AcquireAsync(AcquireRequest request);

    [Alias("AcquireMany")]
    [ResponseTimeout(GrainCalls.AcquireTimeout)]
    ValueTask<AcquireReply[]> AcquireManyAsync([Immutable] AcquireRequest[] requests);

    [Alias("Release")]
    ValueTask<ReleaseReply> ReleaseAsync(ReleaseRequest request);

    [Alias("ReleaseMany")]
    ValueTask<ReleaseReply[]> ReleaseManyAsync([Immutable] ReleaseRequest[] requests);

    /// <inheritdoc cref="IPoolPeer.CheckFeasibilityAsync"/>
    [Alias("CheckFeasibility")]
    ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth);

    /// <summary>Kills one job, those of a name, or all. The kill's id makes repeated calls harmless.</summary>
    [Alias("Kill")]
    [ResponseTimeout(GrainCalls.KillTimeout)]
    Task<KillReply> KillAsync(Guid kill, KillTarget target, string reason);

    /// <summary>The pool's state; <see langword="null"/> when there is no such pool.</summary>
    [Alias("GetSnapshot")]
    [ResponseTimeout(GrainCalls.Timeout)]
    Task<PoolSnapshot?> GetSnapshotAsync();

    /// <summary>
    /// Reads the catalog's new entry of the pool and applies it. The message itself carries no configuration, because any client can send
    /// it.
    /// </summary>
    [Alias("Follow")]
    Task FollowAsync();
}
