using System.Diagnostics;
using Handler.Functions;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>One pool of a cluster, by name.</summary>
internal sealed class RemotePool(string name, RemoteHandler handler) : IPool
{
    public string Name => name;

    public Task<Outcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        => handler.Begin(name, function, limits, false, cancellationToken).Outcome;

    public async Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        var (call, outcome) = handler.Begin(name, function, limits, true, cancellationToken);
        if (await call.Admitted.ConfigureAwait(false) is { } job)
            return new JobStart<T>(new JobHandle<T>(job, this, outcome, call), null);

        // The job was not admitted, or it is unknown whether it was.
        var ended = await outcome.ConfigureAwait(false);
        if (ended is Rejected<T> reject)
            return new JobStart<T>(null, reject);
        cancellationToken.ThrowIfCancellationRequested();
        ended.GetValueOrThrow();
        throw new UnreachableException($"A job of the pool {Excerpt.OfName(name)} completed without having been admitted.");
    }

    public Task<int> KillAsync(string jobName, string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(jobName);
        ArgumentNullException.ThrowIfNull(reason);
        return handler.Cluster.KillAsync(name, new KillTarget(jobName, null), reason);
    }

    public async Task<bool> KillAsync(JobId job, string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return await handler.Cluster.KillAsync(name, new KillTarget(null, job), reason).ConfigureAwait(false) > 0;
    }

    public Task<int> FlushAsync(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return handler.Cluster.KillAsync(name, KillTarget.All, reason);
    }

    public async Task<PoolSnapshot> GetSnapshotAsync()
        => await handler.Cluster.GetSnapshotAsync(name).ConfigureAwait(false) ?? throw new KeyNotFoundException($"Pool {Excerpt.OfName(name)} does not exist.");
}
