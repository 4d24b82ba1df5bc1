using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;

namespace Handler.Grains.Tests;

/// <summary>
/// Orleans deactivates a grain for its own reasons, for example when the silo that held the pool's entry in the grain directory leaves.
/// </summary>
public sealed class DeactivationTests : IAsyncLifetime
{
    private static readonly JobOptions Endless = new() { Timeout = TimeSpan.FromMinutes(10), Wait = TimeSpan.FromMinutes(10) };

    private TwoSilos silos = null!;

    public async Task InitializeAsync()
        => silos = await TwoSilos.StartAsync(static options => (options.MaxWorkers, options.MinWorkers) = (4, 0));

    public async Task DisposeAsync() => await silos.DisposeAsync();

    /// <summary>
    /// Orleans waits until an activation has returned from every call that it accepted, and delivers no other call to it meanwhile. A
    /// waiter may stay for hours.
    /// </summary>
    [Fact]
    public async Task A_pool_that_Orleans_deactivates_continues_even_if_jobs_of_other_silos_wait_in_it()
    {
        var grain = silos.ServicesOf(1).GetRequiredService<IGrainFactory>().GetGrain<IPoolGrain>("pool");
        await grain.GetSnapshotAsync(); // the pool starts on that silo, so calls from the other silo are messages
        await using var handler = HandlerClient.Create(silos.WithinSilo);
        await handler.TryAddPoolAsync("pool", static pool => pool.MaxWorkers = 1);
        var pool = handler.GetPool("pool");
        await using var running = await pool.StartAsync(static async token => await Task.Delay(Timeout.Infinite, token), Endless);
        var waiting = Enumerable.Range(0, 3).Select(_ => pool.RunAsync(static () => 7, Endless)).ToList();
        await WaitUntilAsync(state => state.Waiting == waiting.Count, "all to wait");
        var before = await pool.GetSnapshotAsync();

        await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
        await WaitUntilAsync(state => state.Epoch > before.Epoch && state.Waiting == waiting.Count, "all to wait in the next activation");
        Assert.True(await running.KillAsync());
        Assert.All(await Wait.For(Task.WhenAll(waiting), "the jobs that waited"), outcome => Assert.Equal(7, outcome.GetValueOrThrow()));

        async Task WaitUntilAsync(Func<PoolSnapshot, bool> condition, string what)
            => await Wait.Until(async () => condition(await Wait.For(pool.GetSnapshotAsync(), what)), () => what);
    }
}
