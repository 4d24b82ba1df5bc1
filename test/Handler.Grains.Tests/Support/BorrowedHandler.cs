namespace Handler.Grains.Tests;

/// <summary>A handler of a cluster that other tests use afterwards. Disposing it removes what its test has added.</summary>
/// <param name="inner">The handler.</param>
/// <param name="pools">The pools that its test has added so far.</param>
/// <param name="giveBack">Ends the cluster, or removes the pools from it.</param>
internal sealed class BorrowedHandler(IHandler inner, List<string> pools, Func<ValueTask> giveBack) : IHandler
{
    public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        => inner.RunAsync(function, limits, cancellationToken);

    public IPool GetPool(string name) => inner.GetPool(name);

    public async Task<bool> TryAddPoolAsync(string name, Action<PoolOptions>? configure, CancellationToken cancellationToken)
    {
        var added = await inner.TryAddPoolAsync(name, configure, cancellationToken);
        if (added)
            pools.Add(name);
        return added;
    }

    public Task<bool> TryUpdatePoolAsync(string name, Action<PoolOptions> configure, CancellationToken cancellationToken)
        => inner.TryUpdatePoolAsync(name, configure, cancellationToken);

    public Task<bool> RemovePoolAsync(string name, CancellationToken cancellationToken) => inner.RemovePoolAsync(name, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await giveBack();
    }
}
