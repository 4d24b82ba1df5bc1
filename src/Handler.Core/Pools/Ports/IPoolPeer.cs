using Handler.FairShare;

namespace Handler.Pools;

/// <summary>
/// A way to reach one pool: a direct call, a grain reference, or a simulated network. After any exception it is unknown
/// whether the call arrived. Calls complete synchronously if nothing has to be waited for.
/// </summary>
internal interface IPoolPeer
{
    /// <summary>
    /// The pool's actor, if it runs in this process under the same turn lock as the caller; otherwise <see langword="null"/>. Calls to it
    /// may complete synchronously and need no batching. Read only inside a turn.
    /// </summary>
    ILocalActor? LocalActor { get; }

    ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request);

    /// <summary>
    /// Several requests in one message. None of them waits for room, whatever its <see cref="AcquireRequest.Wait"/> says.
    /// </summary>
    ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests);

    ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request);

    ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests);

    /// <summary>
    /// Why this pool or an ancestor could never admit a job of this size in its current configuration, even if nothing else ran;
    /// <see langword="null"/> if the job may be admitted, or if that is unknown.
    /// </summary>
    /// <param name="from">The pools through which the job would come.</param>
    /// <param name="bytes">The job's size.</param>
    /// <param name="depth">How many pools have been asked before this one.</param>
    ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth);
}
