using Handler.TestSilo;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Handler.Cluster.Tests;

/// <summary>A Redis that loses data that was written to it.</summary>
[Collection(Alone.Name)]
public sealed class LostDataTests : IAsyncLifetime
{
    private static readonly JobOptions Brief = new() { PoolTimeout = TimeSpan.FromSeconds(25), MaxHeapBytes = 1 << 20 };

    private SiloCluster cluster = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task A_cluster_that_loses_its_stored_data_continues_with_its_pools_and_logs_what_happened()
    {
        cluster = await SiloCluster.StartAsync(2);

        // A client that often reads the list of silos that it can connect to. It must never find the list empty.
        await using var client = await ClientHost.StartAsync(cluster.Setup.Redis, cluster.Setup.ClusterId, static client =>
            client.Configure<GatewayOptions>(static gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1)));
        var handler = client.Handler;
        await handler.TryAddPoolAsync("first", static _ => { });
        var left = await cluster.SiloOfCatalogAsync();
        var killed = cluster.Silos.First(silo => silo != left);
        await cluster.TryAddPoolAsync("pool", left, static pool => pool.MaxWorkers = 30);
        var jobs = new List<JobHandle<int>>();
        while ((await WhereAsync(handler)).Values.Distinct().Count() < 2)
            jobs.Add(
                await Until.Done(
                    handler
                        .GetPool("pool")
                        .StartAsync(TestJobs.Sleep(TimeSpan.FromMinutes(10), 1), Brief with { Timeout = TimeSpan.FromMinutes(10) }),
                    "a job to be admitted"));
        var where = await WhereAsync(handler);

        await cluster.Table.Server.FlushAllDatabasesAsync();
        Assert.Equal(1, await RunAsync(handler, "pool"));
        cluster.Remove(killed);
        await killed.KillAsync();
        await Until.True(
            () => cluster.Table.VerdictOn(killed) is not null,
            "the verdict on the silo that was killed",
            TimeSpan.FromMinutes(1)
        ); // Orleans waits longer before each retry
        Assert.Equal(1, await RunAsync(handler, "pool"));
        Assert.True(await Until.Done(handler.TryAddPoolAsync("new", static _ => { }), "a pool to be added"));
        Assert.Equal(1, await RunAsync(handler, "new"));
        Assert.False(await Until.Done(handler.TryAddPoolAsync("pool", static _ => { }), "the reply that there is such a pool"));
        Assert.Equal(30, (await handler.GetPool("pool").GetSnapshotAsync()).MaxWorkers);

        foreach (var job in jobs.Where(job => where[job.Id] == killed))
            Assert.IsType<JobLost>((await Until.Done(job.Outcome, "the outcome of a lost job")).Failure);
        await cluster.AddSiloAsync();
        await Until.True(
            async () => (await cluster.RecordsAsync()).Length == 2,
            "the silo that starts afterwards to be in the same cluster");
        Assert.All(jobs.Where(job => where[job.Id] != killed), job => Assert.False(job.Outcome.IsCompleted));
        Assert.Equal(1, await RunAsync(handler, "new"));
        foreach (var job in jobs)
            await job.DisposeAsync();
        foreach (var line in new[] { "Storage has lost", "The membership table has lost data", "The membership table is as it was" })
            Assert.Contains(left.Lines, said => said.Contains(line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_restored_old_copy_gets_the_missing_writes()
    {
        cluster = await SiloCluster.StartAsync(1);
        var handler = cluster.Client.Handler;
        Assert.True(await handler.TryAddPoolAsync("changed", static pool => pool.MaxWorkers = 5));
        Assert.True(await handler.TryAddPoolAsync("removed", static _ => { }));
        var copy = await cluster.Table.CopyAsync();
        Assert.True(await handler.TryUpdatePoolAsync("changed", static pool => pool.MaxWorkers = 7));
        Assert.True(await handler.RemovePoolAsync("removed"));
        Assert.True(await handler.TryAddPoolAsync("late", static pool => pool.MaxWorkers = 9));

        await cluster.Table.GoBackToAsync(copy);
        Assert.True(await Until.Done(handler.TryAddPoolAsync("new", static _ => { }), "a pool to be added"));
        await Until.True(async () => (await handler.GetPool("changed").GetSnapshotAsync()).MaxWorkers == 7, "the change to be there again");
        await Until.True(
            async () => (await handler.GetPool("late").RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), Brief)).IsSuccess,
            "the last pool to be there again");
        Assert.Equal(
            RejectReason.NoSuchPool,
            Assert.IsType<JobRejected>((await handler.GetPool("removed").RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), Brief)).Failure).Reason
        );
        Assert.Equal(1, await RunAsync(handler, "new"));
    }

    private static async Task<int> RunAsync(IHandler handler, string pool) =>
        (await Until.Done(handler.GetPool(pool).RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), Brief), $"a job of {pool}")).GetValueOrThrow();

    private async Task<Dictionary<JobId, SiloProcess>> WhereAsync(IHandler handler)
        => (await handler.GetPool("pool").GetSnapshotAsync()).Running.ToDictionary(job => job.Job, job => cluster.SiloOf(job.Node));
}
