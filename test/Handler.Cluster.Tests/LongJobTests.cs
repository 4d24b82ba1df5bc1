using Handler.TestSilo;
using Orleans.Configuration;

namespace Handler.Cluster.Tests;

/// <summary>
/// Jobs and waits that last longer than Orleans waits for a reply. That is 2 s here instead of 30 s, so a job of 20 s stands for one of 5
/// minutes.
/// </summary>
public sealed class LongJobTests : IAsyncLifetime
{
    private const int TimeoutsInFiveMinutes = 10;

    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(2);
    private static readonly JobOptions Patient = new()
    {
        Timeout = TimeSpan.FromMinutes(2),
        PoolTimeout = TimeSpan.FromSeconds(10),
        Wait = TimeSpan.FromMinutes(2),
        MaxHeapBytes = 1 << 20,
    };

    private SiloCluster cluster = null!;

    public async Task InitializeAsync()
        => cluster = await SiloCluster.StartAsync(2, setup => setup with { ResponseTimeout = ResponseTimeout });

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task A_running_job_and_a_place_in_the_queue_outlast_the_response_timeout()
    {
        await using var client = await ClientHost.StartAsync(cluster.Setup.Redis, cluster.Setup.ClusterId, builder =>
            builder.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout));
        await client.Handler.TryAddPoolAsync("clock", pool => pool.MaxWorkers = 10);
        await client.Handler.TryAddPoolAsync("parent", pool => pool.MaxWorkers = 1);
        await client.Handler.TryAddPoolAsync("child", pool => (pool.MaxWorkers, pool.Parent) = (10, "parent"));
        var parent = client.Handler.GetPool("parent");
        var first = await parent.StartAsync(TestJobs.Sleep(TimeSpan.FromMinutes(1), 1), Patient);

        // Both wait in the queue, the second one through a child pool. Their order must not change.
        var second = client.Handler.GetPool("child").RunAsync(TestJobs.Now(), Patient);
        await Until.True(async () => (await parent.GetSnapshotAsync()).Waiting == 1, "the second job to wait");
        var third = parent.RunAsync(TestJobs.Now(), Patient);
        await Until.True(async () => (await parent.GetSnapshotAsync()).Waiting == 2, "the third job to wait");

        Assert.Equal(
            10,
            (
                await client.Handler.GetPool("clock").RunAsync(TestJobs.Sleep(TimeoutsInFiveMinutes * ResponseTimeout, 10), Patient)
            ).GetValueOrThrow());
        Assert.Equal(2, (await parent.GetSnapshotAsync()).Waiting);
        Assert.Equal(1, (await parent.GetSnapshotAsync()).Totals.Admitted);
        Assert.True(await first.KillAsync());
        var ranSecond = (await Until.Done(second, "the second job")).GetValueOrThrow();
        var ranThird = (await Until.Done(third, "the third job")).GetValueOrThrow();
        Assert.True(ranSecond < ranThird, "the third job ran before the second");
        Assert.Equal(0, (await client.Handler.GetPool("child").GetSnapshotAsync()).Totals.Withdrawn);
    }
}
