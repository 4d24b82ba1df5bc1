using Handler.TestSilo;

namespace Handler.Cluster.Tests;

/// <summary>Silos with one slot each and no queue.</summary>
public sealed class FullSiloTests : IAsyncLifetime
{
    private static readonly JobOptions Endless = new()
    {
        Timeout = TimeSpan.FromMinutes(10),
        PoolTimeout = TimeSpan.FromSeconds(15),
        MaxHeapBytes = 1 << 20,
    };

    private SiloCluster cluster = null!;

    public async Task InitializeAsync()
        => cluster = await SiloCluster.StartAsync(2, setup => setup with { MaxWorkers = 1, MaxQueuedJobs = 0 });

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task A_full_silo_hands_over_a_job_and_the_job_is_rejected_only_if_all_silos_are_full()
    {
        var handler = cluster.Client.Handler;
        await handler.TryAddPoolAsync("pool", pool => pool.MaxWorkers = 10);
        var pool = handler.GetPool("pool");
        await Until.True(BothRunAsync, "the silos to know of each other");
        for (var round = 0; round < 10; round++)
        {
            var first = await pool.StartAsync(TestJobs.Sleep(TimeSpan.FromMinutes(10), 1), Endless);
            var second = await pool.StartAsync(TestJobs.Sleep(TimeSpan.FromMinutes(10), 2), Endless);
            Assert.Equal(2, (await pool.GetSnapshotAsync()).Running.Select(job => job.Node).Distinct().Count());
            var reject = Assert.IsType<JobRejected>((await pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, 3), Endless)).Failure);
            Assert.Equal((null, RejectReason.NoWorkersAvailable, 1), (reject.Pool, reject.Reason, reject.Limit));
            Assert.True(await first.KillAsync());
            await Until.Done(first.Outcome, "the end of a killed job");
            Assert.Equal(
                4,
                (await Until.Done(pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, 4), Endless), "a job for the free slot")).GetValueOrThrow());
            await second.DisposeAsync();
        }

        await Until.True(async () => (await cluster.RecordsAsync()).Sum(record => record.Jobs) == 0, "the nodes to be idle");
        Assert.Equal((0, 0), ((await pool.GetSnapshotAsync()).UsedWorkers, (await cluster.RecordsAsync()).Sum(record => record.Jobs)));

        async Task<bool> BothRunAsync()
        {
            var outcomes = await Task.WhenAll(
                Enumerable.Range(0, 2).Select(_ => pool.RunAsync(TestJobs.Sleep(TimeSpan.FromMilliseconds(300), 1), Endless)));
            return outcomes.All(outcome => outcome.IsSuccess);
        }
    }
}
