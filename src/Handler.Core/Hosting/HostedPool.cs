using Handler.Embedded;

namespace Handler.Hosting;

/// <summary>A pool of a handler that may not have started yet.</summary>
internal sealed class HostedPool(string name, Func<Task<EmbeddedNode>> node) : IPool, IStartsOrThrows
{
    private IPool? known;

    public string Name => name;

    public Task<Outcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        return Known() is { } pool ? pool.RunAsync(function, limits, cancellationToken) : WhenStarted();

        async Task<Outcome<T>> WhenStarted()
            => await (await PoolAsync().ConfigureAwait(false)).RunAsync(function, limits, cancellationToken).ConfigureAwait(false);
    }

    public Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        return Known() is { } pool ? pool.TryStartAsync(function, limits, cancellationToken) : WhenStarted();

        async Task<JobStart<T>> WhenStarted()
            => await (await PoolAsync().ConfigureAwait(false)).TryStartAsync(function, limits, cancellationToken).ConfigureAwait(false);
    }

    public Task<JobHandle<T>> StartOrThrowAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        return Known() is { } pool ? pool.StartAsync(function, limits, cancellationToken) : WhenStarted();

        async Task<JobHandle<T>> WhenStarted()
            => await (await PoolAsync().ConfigureAwait(false)).StartAsync(function, limits, cancellationToken).ConfigureAwait(false);
    }

    public async Task<int> KillAsync(string jobName, string reason) => await (await PoolAsync().ConfigureAwait(false)).KillAsync(jobName, reason).ConfigureAwait(false);

    public async Task<bool> KillAsync(JobId job, string reason) => await (await PoolAsync().ConfigureAwait(false)).KillAsync(job, reason).ConfigureAwait(false);

    public async Task<int> FlushAsync(string reason) => await (await PoolAsync().ConfigureAwait(false)).FlushAsync(reason).ConfigureAwait(false);

    public async Task<PoolSnapshot> GetSnapshotAsync() => await (await PoolAsync().ConfigureAwait(false)).GetSnapshotAsync().ConfigureAwait(false);

    /// <summary>The pool; <see langword="null"/> until its handler has started.</summary>
    private IPool? Known() => known ??= node() is { IsCompletedSuccessfully: true, Result: var started } ? started.Pool(name) : null;

    private async ValueTask<IPool> PoolAsync() => known ??= (await node().ConfigureAwait(false)).Pool(name);
}
