using System.Diagnostics;
using Handler.Functions;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>One pool of a cluster, by name.</summary>
internal sealed class RemotePool(string name, RemoteHandler handler) : IPool
{
    public string Name => name;

    public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        => handler.Begin(name, function, limits, false, cancellationToken).Outcome;

    public async Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        var (call, outcome) = handler.Begin(name, function, limits, true, cancellationToken);
        if (await call.Admitted.ConfigureAwait(false) is { } job)
            return new JobStart<T>(new StartedJob<T>(job, this, outcome, call), null);

        // The job was not admitted, or it is unknown whether it was.
        var ended = await outcome.ConfigureAwait(false);
        if (ended.Failure is JobRejected reject)
            return new JobStart<T>(null, reject);
        cancellationToken.ThrowIfCancellationRequested();
        ended.GetValueOrThrow();
        throw new UnreachableException($"A job of the pool {Excerpt.OfName(name)} completed without having been admitted.");
    }

    public Task<int> KillAsync(string name, string? reason, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return KillAsync(new KillTarget(name, null), reason, cancellationToken);
    }

    public async Task<bool> KillAsync(JobId job, string? reason, CancellationToken cancellationToken)
        => await KillAsync(new KillTarget(null, job), reason, cancellationToken).ConfigureAwait(false) > 0;

    public Task<int> KillAllAsync(string? reason, CancellationToken cancellationToken)
        => KillAsync(KillTarget.All, reason, cancellationToken);

    private Task<int> KillAsync(KillTarget target, string? reason, CancellationToken cancellationToken)
        => handler.Cluster.KillAsync(Name, target, reason ?? KillTarget.DefaultReason, cancellationToken);

    public async Task<PoolSnapshot> GetSnapshotAsync(CancellationToken cancellationToken)
        => await handler.Cluster.GetSnapshotAsync(name, cancellationToken).ConfigureAwait(false)
        ?? throw new KeyNotFoundException($"There is no pool named \"{Excerpt.OfName(name)}\".");
}
