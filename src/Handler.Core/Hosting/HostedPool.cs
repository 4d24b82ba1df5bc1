using Handler.Embedded;

namespace Handler.Hosting;

/// <summary>A pool of a handler that may not have started yet.</summary>
internal sealed class HostedPool(string name, Func<Task<EmbeddedNode>> node) : IPool, IStartsOrThrows
{
    private IPool? known;

    public string Name => name;

    public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        => Known() is { } pool
            ? pool.RunAsync(function, limits, cancellationToken)
            : StartedRunner.RunAsync(PoolAsync(cancellationToken).AsTask(), function, limits, cancellationToken);

    public Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        return Known() is { } pool ? pool.TryStartAsync(function, limits, cancellationToken) : WhenStarted();

        async Task<JobStart<T>> WhenStarted()
        {
            var started = await PoolAsync(cancellationToken).ConfigureAwait(false);
            return await started.TryStartAsync(function, limits, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task<TStarted> StartAsync<T, TStarted>(
        JobFunction<T> function, JobLimits? limits, Func<JobStart<T>, TStarted> then, CancellationToken cancellationToken)
    {
        return Known() is IStartsOrThrows pool ? pool.StartAsync(function, limits, then, cancellationToken) : WhenStarted();

        async Task<TStarted> WhenStarted()
        {
            var started = await PoolAsync(cancellationToken).ConfigureAwait(false);
            return then(await started.TryStartAsync(function, limits, cancellationToken).ConfigureAwait(false));
        }
    }

    public async Task<int> KillAsync(string name, string? reason, CancellationToken cancellationToken) =>
        await (await PoolAsync(cancellationToken).ConfigureAwait(false)).KillAsync(name, reason, cancellationToken).ConfigureAwait(false);

    public async Task<bool> KillAsync(JobId job, string? reason, CancellationToken cancellationToken)
        => await (await PoolAsync(cancellationToken).ConfigureAwait(false)).KillAsync(job, reason, cancellationToken).ConfigureAwait(false);

    public async Task<int> KillAllAsync(string? reason, CancellationToken cancellationToken)
        => await (await PoolAsync(cancellationToken).ConfigureAwait(false)).KillAllAsync(reason, cancellationToken).ConfigureAwait(false);

    public async Task<PoolSnapshot> GetSnapshotAsync(CancellationToken cancellationToken)
        => await (await PoolAsync(cancellationToken).ConfigureAwait(false)).GetSnapshotAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>The pool; <see langword="null"/> until its handler has started.</summary>
    private IPool? Known() => known ??= node() is { IsCompletedSuccessfully: true, Result: var started } ? started.GetPool(Name) : null;

    private async ValueTask<IPool> PoolAsync(CancellationToken cancellationToken)
        => known ??= (await node().WaitAsync(cancellationToken).ConfigureAwait(false)).GetPool(Name);
}
