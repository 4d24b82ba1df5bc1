namespace Handler.Grains.Tests;

/// <summary>A handler of a cluster that other tests use afterwards. Disposing it removes what its test has added.</summary>
/// <param name="inner">The handler.</param>
/// <param name="pools">The pools that its test has added so far.</param>
/// <param name="giveBack">Ends the cluster, or removes the pools from it.</param>
internal sealed class BorrowedHandler(IHandler inner, List<string> pools, Func<ValueTask> giveBack) : IHandler
{
    public Task<Outcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken) => inner.RunAsync(function, limits, cancellationToken);

    public IPool Pool(string name) => inner.Pool(name);

    public async Task<bool> AddPoolAsync(string name, Action<PoolOptions>? configure = null)
    {
        var added = await inner.AddPoolAsync(name, configure);
        if (added)
            pools.Add(name);
        return added;
    }

    public Task<bool> ChangePoolAsync(string name, Action<PoolOptions> configure) => inner.ChangePoolAsync(name, configure);

    public Task<bool> RemovePoolAsync(string name) => inner.RemovePoolAsync(name);

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await giveBack();
    }
}
