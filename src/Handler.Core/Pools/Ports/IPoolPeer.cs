namespace Handler.Pools;

/// <summary>
/// A way to reach one pool: a direct call, a grain reference, or a simulated network. Any exception means that it is not known
/// whether the call arrived. Calls may complete synchronously, and do where nothing has to be waited for.
/// </summary>
internal interface IPoolPeer
{
    /// <summary>The pool itself where it is in this process and its owner's turns are the caller's too: it answers at once where it can, and there is nothing to combine. Only to be asked within a turn.</summary>
    PoolActor? Near { get; }

    ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request);

    /// <summary>Several requests in one message. None of them waits for room, whatever its <see cref="AcquireRequest.Wait"/> says.</summary>
    ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests);

    ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request);

    ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests);

    /// <summary>
    /// Why a job of this size would not be admitted whatever ends, by this pool or one above it as things stand; <see langword="null"/> where it may be, and where that is not known.
    /// </summary>
    /// <param name="bytes">The job's size.</param>
    /// <param name="depth">How many pools have been asked before this one.</param>
    ValueTask<Reject?> WhyNeverAsync(long bytes, int depth);
}

internal static class PoolPeerExtensions
{
    /// <summary>The same, but a call that fails at once gives a task that failed, like one that fails later.</summary>
    public static ValueTask<AcquireReply> TryAcquireAsync(this IPoolPeer peer, in AcquireRequest request)
    {
        try
        {
            return peer.AcquireAsync(request);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<AcquireReply>(e);
        }
    }
}
