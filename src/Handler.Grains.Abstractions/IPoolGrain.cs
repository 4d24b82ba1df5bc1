using Handler.Pools;

namespace Handler.Grains;

/// <summary>One pool; its key is the pool's name. Carries the messages of docs/pools-protocol.md.</summary>
[Alias("handler.IPoolGrain")]
internal interface IPoolGrain : IGrainWithStringKey
{
    /// <summary>Longer than any pool timeout, and than most jobs wait for room: whoever asks has a time limit of its own, and a waiter whose call broke off would lose its place in line.</summary>
    private const string Patient = "1.00:00:00";

    [Alias("Acquire")]
    [ResponseTimeout(Patient)]
    ValueTask<AcquireReply> AcquireAsync(AcquireRequest request);

    [Alias("AcquireMany")]
    [ResponseTimeout(Patient)]
    ValueTask<AcquireReply[]> AcquireManyAsync([Immutable] AcquireRequest[] requests);

    [Alias("Release")]
    ValueTask<ReleaseReply> ReleaseAsync(ReleaseRequest request);

    [Alias("ReleaseMany")]
    ValueTask<ReleaseReply[]> ReleaseManyAsync([Immutable] ReleaseRequest[] requests);

    /// <inheritdoc cref="IPoolPeer.WhyNeverAsync"/>
    [Alias("WhyNever")]
    ValueTask<Reject?> WhyNeverAsync(long bytes, int depth);

    /// <summary>Kills one job, those of a name, or all. The kill's id makes it harmless to say so twice.</summary>
    [Alias("Kill")]
    [ResponseTimeout(GrainCalls.KillTimeout)]
    Task<KillReply> KillAsync(Guid kill, KillTarget target, string reason);

    /// <summary>The pool's state; <see langword="null"/> when there is no such pool.</summary>
    [Alias("GetSnapshot")]
    [ResponseTimeout(GrainCalls.Timeout)]
    Task<PoolSnapshot?> GetSnapshotAsync();

    /// <summary>The catalog has written something new about the pool: reads it and goes by it. It takes nobody's word for a configuration, for any client can send this message.</summary>
    [Alias("Follow")]
    Task FollowAsync();
}
