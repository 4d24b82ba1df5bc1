using Handler.Contract;

namespace Handler.Grains.Tests;

/// <summary>
/// Provides handlers of a cluster. Starting one takes seconds, so the tests of one collection share it if they configure only pools. Each
/// test finds only its own pools there.
/// </summary>
public abstract class ClusterSource : IHandlerSource
{
    private readonly Lazy<Task<TwoSilos>> shared;
    private readonly Func<TwoSilos, IGrainFactory> grains;

    private protected ClusterSource(Lazy<Task<TwoSilos>> shared, Func<TwoSilos, IGrainFactory> grains)
        => (this.shared, this.grains) = (shared, grains);

    /// <inheritdoc/>
    public async Task<IHandler> StartAsync(Action<HandlerOptions> configure)
    {
        var wanted = new HandlerOptions();
        Workers(wanted);
        var selectors = wanted.PoolSelectors.Count;
        configure(wanted);
        PoolOptionsMustBeValid(wanted);
        if (wanted.PoolSelectors.Count > selectors)
        {
            var own = await TwoSilos.StartAsync(options =>
            {
                Workers(options);
                configure(options);
            });
            return new BorrowedHandler(
                HandlerClient.Create(grains(own), options => options.DefaultLimits = wanted.DefaultLimits),
                [],
                own.DisposeAsync);
        }

        var cluster = grains(await shared.Value);
        var handler = HandlerClient.Create(cluster, options => options.DefaultLimits = wanted.DefaultLimits);
        var pools = new List<string>();
        foreach (var (name, pool) in ParentsFirst(wanted.Pools))
        {
            Assert.True(await handler.TryAddPoolAsync(name, options =>
            {
                options.MaxWorkers = pool.MaxWorkers;
                options.MaxMemoryBytes = pool.MaxMemoryBytes;
                options.MaxWaiting = pool.MaxWaiting;
                options.Weight = pool.Weight;
                options.Profile = pool.Profile;
                options.ReservedWorkers = pool.ReservedWorkers;
                options.ReservedMemoryBytes = pool.ReservedMemoryBytes;
                options.Parent = pool.Parent;
            }));
            pools.Add(name);
        }

        return new BorrowedHandler(handler, pools, async () =>
        {
            await using var another = HandlerClient.Create(cluster);
            foreach (var pool in pools)
                await another.RemovePoolAsync(pool);
        });
    }

    private protected static Lazy<Task<TwoSilos>> NewShared(Action<HandlerOptions>? configure = null)
        => new(() => TwoSilos.StartAsync(Workers + configure));

    private static void Workers(HandlerOptions options) => (options.MaxWorkers, options.MinWorkers) = (4, 2);

    private static void PoolOptionsMustBeValid(HandlerOptions options) => Handler.Nodes.HandlerOptionsValidator.ThrowIfInvalid(options);

    private static IEnumerable<KeyValuePair<string, PoolOptions>> ParentsFirst(Dictionary<string, PoolOptions> pools)
    {
        var left = pools.ToList();
        while (left.Count > 0)
        {
            var next = left.First(pool => pool.Value.Parent is not { } parent || left.TrueForAll(other => other.Key != parent));
            left.Remove(next);
            yield return next;
        }
    }
}
