using Handler.Cluster;
using Handler.Pools;

namespace Handler.Tests.Cluster;

/// <summary>A cluster whose replies are those of the test.</summary>
internal sealed class ScriptedCluster : ICluster
{
    public static readonly NodeId Node = new("node");

    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The reply to a job; until it is set, a job runs until it is stopped.</summary>
    public Func<JobRequest, CallReply>? Reply { get; set; }

    public List<JobRequest> Jobs { get; } = [];

    public List<StopRequest> Stops { get; } = [];

    public List<(string Pool, KillTarget Target, string Reason)> Kills { get; } = [];

    public int Killed { get; set; }

    public PoolSnapshot? Snapshot { get; set; }

    /// <summary>What the catalog returns for a pool, one after the other; after the last one the pool is gone.</summary>
    public Queue<VersionedPool> Pools { get; } = [];

    public List<(string Pool, PoolConfiguration Configuration, long? Version)> Changes { get; } = [];

    /// <summary>The results of the changes, one after the other.</summary>
    public Queue<PoolChange> Results { get; } = [];

    public List<string> Removed { get; } = [];

    public async Task<CallReply> SubmitAsync(JobRequest request)
    {
        Jobs.Add(request);
        if (Reply is { } reply)
            return reply(request);
        await stopped.Task;
        return new CallReply(CallState.Ended, Node, null, EncodedOutcome.Of(Stops[0].Why));
    }

    public bool HasNotLeft(Exception failure) => false;

    /// <summary>An admitted job has ended when its caller asks for it again.</summary>
    public Task<CallReply> WatchAsync(NodeId node, CallId call)
        => Task.FromResult(new CallReply(CallState.Ended, node, null, EncodedOutcome.Of(new JobExited(3, null, "of itself"))));

    public Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset) => throw new NotSupportedException();

    public Task<FindReply> FindAsync(CallId call, bool refuse) => throw new NotSupportedException();

    public Task StopAsync(CallId call, StopRequest stop)
    {
        Stops.Add(stop);
        stopped.TrySetResult();
        return Task.CompletedTask;
    }

    public Task DetachAsync(NodeId node, CallId call) => throw new NotSupportedException();

    public Task<int> KillAsync(string pool, KillTarget target, string reason, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Kills.Add((pool, target, reason));
        return Task.FromResult(Killed);
    }

    public Task<PoolSnapshot?> GetSnapshotAsync(string pool, CancellationToken cancellationToken) => Task.FromResult(Snapshot);

    public Task<VersionedPool?> GetPoolAsync(string pool, CancellationToken cancellationToken)
        => Task.FromResult(Pools.TryDequeue(out var present) ? present : null);

    public Task<PoolChange> SetPoolAsync(
        string pool, PoolConfiguration configuration, long? version, CancellationToken cancellationToken)
    {
        Changes.Add((pool, configuration, version));
        return Task.FromResult(Results.Dequeue());
    }

    public Task<bool> RemovePoolAsync(string pool, CancellationToken cancellationToken)
    {
        Removed.Add(pool);
        return Task.FromResult(true);
    }
}
