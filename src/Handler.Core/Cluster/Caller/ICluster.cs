using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// How a caller reaches a cluster. After any exception it is unknown whether the call arrived. Calls about one job fail after
/// <see cref="NodeTimings.LongPollTimeout"/> at the latest.
/// </summary>
internal interface ICluster
{
    /// <summary>Sends a call to a node.</summary>
    Task<CallReply> SubmitAsync(JobRequest request);

    /// <summary>
    /// Whether a call whose <see cref="SubmitAsync"/> failed with this exception has certainly reached no node, so that it may be sent
    /// again.
    /// </summary>
    bool HasNotLeft(Exception failure);

    /// <summary>Asks the node that has a call how far the call has progressed.</summary>
    Task<CallReply> WatchAsync(NodeId node, CallId call);

    /// <summary>
    /// Gets a part of the value of a job that has ended. The node keeps the value until the caller asks for what comes after its end, which
    /// says that the caller has all of it.
    /// </summary>
    /// <param name="node">The node that has the value.</param>
    /// <param name="call">The call.</param>
    /// <param name="offset">How many bytes the caller has already.</param>
    Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset);

    /// <summary>Asks all live nodes. Completes when one knows the call, or when each has replied or is dead.</summary>
    /// <param name="call">The call.</param>
    /// <param name="refuse">Whether nodes that do not know the call must refuse it from now on.</param>
    Task<FindReply> FindAsync(CallId call, bool refuse);

    /// <summary>Stops a call, wherever it is. A node that the call has not reached yet will refuse it.</summary>
    Task StopAsync(CallId call, StopRequest stop);

    Task DetachAsync(NodeId node, CallId call);

    /// <inheritdoc cref="IPool.KillAsync(string, string?, CancellationToken)"/>
    Task<int> KillAsync(string pool, KillTarget target, string reason, CancellationToken cancellationToken);

    /// <summary>The pool's state; <see langword="null"/> if the pool does not exist.</summary>
    Task<PoolSnapshot?> GetSnapshotAsync(string pool, CancellationToken cancellationToken);

    /// <summary>The pool's configuration and its version; <see langword="null"/> if the pool does not exist.</summary>
    Task<VersionedPool?> GetPoolAsync(string pool, CancellationToken cancellationToken);

    /// <summary>Adds a pool, or changes it if it still has the version given.</summary>
    Task<PoolChange> SetPoolAsync(string pool, PoolConfiguration configuration, long? version, CancellationToken cancellationToken);

    Task<bool> RemovePoolAsync(string pool, CancellationToken cancellationToken);
}
