namespace Handler.Pools;

internal static class PoolPeerExtensions
{
    /// <summary>Like <see cref="IPoolPeer.AcquireAsync"/>, but returns a failed task for a call that throws synchronously.</summary>
    public static ValueTask<AcquireReply> TryAcquireAsync(this IPoolPeer peer, in AcquireRequest request)
    {
        try
        {
            return peer.AcquireAsync(request);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<AcquireReply>(exception);
        }
    }
}
