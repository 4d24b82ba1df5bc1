namespace Handler.Hosting;

/// <summary>A pool of a handler that may still be starting.</summary>
internal sealed class HostedPool(string name, Func<Task<EmbeddedNode>> node) : IPool
{
    public string Name => name;

    public Task<Outcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        var started = node();
        return started.IsCompletedSuccessfully
            ? started.Result.Pool(name).RunAsync(function, limits, cancellationToken)
            : WhenStarted(started);

        async Task<Outcome<T>> WhenStarted(Task<EmbeddedNode> starting)
            => await (await starting.ConfigureAwait(false)).Pool(name).RunAsync(function, limits, cancellationToken).ConfigureAwait(false);
    }

    public async Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        => await (await PoolAsync().ConfigureAwait(false)).TryStartAsync(function, limits, cancellationToken).ConfigureAwait(false);

    public async Task<int> KillAsync(string jobName, string reason) => await (await PoolAsync().ConfigureAwait(false)).KillAsync(jobName, reason).ConfigureAwait(false);

    public async Task<bool> KillAsync(JobId job, string reason) => await (await PoolAsync().ConfigureAwait(false)).KillAsync(job, reason).ConfigureAwait(false);

    public async Task<int> FlushAsync(string reason) => await (await PoolAsync().ConfigureAwait(false)).FlushAsync(reason).ConfigureAwait(false);

    public async Task<PoolSnapshot> GetSnapshotAsync() => await (await PoolAsync().ConfigureAwait(false)).GetSnapshotAsync().ConfigureAwait(false);

    private async ValueTask<IPool> PoolAsync() => (await node().ConfigureAwait(false)).Pool(name);
}
