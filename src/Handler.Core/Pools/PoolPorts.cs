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

/// <summary>Finds pools by name.</summary>
internal interface IPoolDirectory
{
    /// <summary>The pool, or <see langword="null"/> when there is none of that name. What was found is kept: it must lead to the pool also when that is removed and added again, and meanwhile reject with <see cref="RejectReason.NoSuchPool"/>.</summary>
    IPoolPeer? Find(string pool);
}

/// <summary>How a pool reaches the nodes. Any exception means that it is not known whether the call arrived.</summary>
internal interface INodePeers
{
    /// <summary>
    /// The nodes that are alive: every node that had joined before this call, but for those declared dead. A cached list is
    /// not enough, for a node that is missed here is taken for dead. A node declared dead never comes back under the same id.
    /// </summary>
    ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync();

    ValueTask<InventoryReply> InventoryAsync(NodeId node, InventoryRequest request);

    ValueTask<ReconcileReply> ReconcileAsync(NodeId node, ReconcileRequest request);

    ValueTask<int> KillAsync(NodeId node, KillRequest request);
}

/// <summary>A pool's configuration and epoch as they are stored.</summary>
internal sealed record PoolRecord(PoolConfiguration Configuration, long Epoch)
{
    /// <summary>Whether the pool was removed. The record stays for its epoch, with which one of the same name goes on, and for the version of the removal.</summary>
    public bool Removed { get; init; }

    /// <summary>
    /// What a catalog is to write, so that a pool's record follows it: that there is such a pool, or that it was removed. A pool that is there changes its configuration itself. A catalog that
    /// was taken for dead may come late with what its successor has gone past: nothing is written then.
    /// </summary>
    /// <param name="stored">What is stored; <see langword="null"/> if nothing is.</param>
    /// <param name="configuration">The pool's, or the last that it had. Its version is that of the change, or of the removal.</param>
    /// <param name="removed">Whether the pool is to be there no more.</param>
    /// <returns>What to write; <see langword="null"/>: nothing.</returns>
    public static PoolRecord? Following(PoolRecord? stored, PoolConfiguration configuration, bool removed)
    {
        if (stored is not null && (stored.Configuration.Version > configuration.Version || (stored.Removed == removed && (!removed || stored.Configuration.Version == configuration.Version))))
            return null;
        return new PoolRecord(configuration, stored?.Epoch ?? 0) { Removed = removed };
    }
}

/// <summary>
/// Where configurations and epochs are kept. Reads and writes must be linearizable: a read that starts after a write has
/// succeeded sees it. One write per activation and per change of configuration; none per job. A pool that was removed and is
/// added again goes on with its old epoch.
/// </summary>
internal interface IPoolStore
{
    /// <summary>The record with the tag of this version of it; <see langword="null"/> when there is no such pool.</summary>
    ValueTask<(PoolRecord Record, string Tag)?> ReadAsync(string pool);

    /// <summary>Writes if the tag still is the stored one; answers the new tag, or <see langword="null"/> if somebody else wrote since. After an exception it may have been written or not.</summary>
    ValueTask<string?> WriteAsync(string pool, PoolRecord record, string tag);
}

/// <summary>What the node's side asks of whoever runs the jobs.</summary>
internal interface INodeJobs
{
    /// <summary>Kills a job whose lease was entered; it may not have been started yet, and then must not be. Its ending is reported by <see cref="NodeActor.EndAsync"/> as any other.</summary>
    void Kill(JobId job, string reason);
}

/// <summary>This activation of a pool has been replaced by a newer one; ask again and another one will answer.</summary>
internal sealed class PoolSupersededException(string pool, long epoch) : Exception($"Pool {pool}: the activation with epoch {epoch} was replaced by a newer one.")
{
    public string Pool { get; } = pool;

    public long Epoch { get; } = epoch;
}

/// <summary>The times of the protocol. The defaults suit a local network.</summary>
internal sealed record PoolTimings
{
    public static PoolTimings Default { get; } = new();

    /// <summary>After what time a call to a pool or node is taken for lost.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait before a lost call is made again; doubled each time up to <see cref="MaxRetryDelay"/>.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait after this delay did not do.</summary>
    public TimeSpan Grow(TimeSpan delay) => 2 * delay < MaxRetryDelay ? 2 * delay : MaxRetryDelay;

    /// <summary>How long an outcome is held back until every pool of the chain has acknowledged the release.</summary>
    public TimeSpan ReleaseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a kill or flush tries to reach all nodes: until one that stands still is as a rule declared dead.</summary>
    public TimeSpan KillTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the host calls <see cref="PoolActor.ReconcileAsync()"/>.</summary>
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(10);
}
