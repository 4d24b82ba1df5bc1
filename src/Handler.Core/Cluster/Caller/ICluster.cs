using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// How a caller reaches a cluster. Any exception means that it is not known whether the call arrived; calls that are about one job fail after
/// <see cref="NodeTimings.LongPollTimeout"/> at the latest.
/// </summary>
internal interface ICluster
{
    /// <summary>Has some node take a call.</summary>
    Task<CallReply> SubmitAsync(JobRequest request);

    /// <summary>Whether a call whose <see cref="SubmitAsync"/> failed with this has certainly reached no node: then it may be sent again.</summary>
    bool HasNotLeft(Exception failure);

    /// <summary>Asks the node that has it how far a call is.</summary>
    Task<CallReply> WatchAsync(NodeId node, CallId call);

    /// <summary>Gets a part of the value of a job that has ended. Who has all of it says so by asking for what comes after it: until then the node keeps it.</summary>
    /// <param name="node">The node that has it.</param>
    /// <param name="call">The call.</param>
    /// <param name="offset">How many bytes the caller has already.</param>
    Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset);

    /// <summary>Asks all nodes that live. Answers when one knows the call, or each has answered or is dead.</summary>
    /// <param name="call">The call.</param>
    /// <param name="refuse">Whether those that do not know it are to refuse it from now on.</param>
    Task<FindReply> FindAsync(CallId call, bool refuse);

    /// <summary>Stops a call, wherever it is; where it has not arrived it will be refused.</summary>
    Task StopAsync(CallId call, Stop stop);

    Task DetachAsync(NodeId node, CallId call);

    /// <inheritdoc cref="IPool.KillAsync(string, string)"/>
    Task<int> KillAsync(string pool, KillTarget target, string reason);

    /// <summary>The pool's state; <see langword="null"/> where there is no such pool.</summary>
    Task<PoolSnapshot?> GetSnapshotAsync(string pool);

    /// <summary>The pool's configuration and its version; <see langword="null"/> where there is no such pool.</summary>
    Task<VersionedPool?> GetPoolAsync(string pool);

    /// <summary>Adds a pool, or changes it if it still has the version given.</summary>
    Task<PoolChange> SetPoolAsync(string pool, PoolConfiguration configuration, long? version);

    Task<bool> RemovePoolAsync(string pool);
}
