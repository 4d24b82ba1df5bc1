using Handler.TestSilo;

namespace Handler.Cluster.Tests;

/// <summary>A Redis that loses what was written to it.</summary>
[Collection(Alone.Name)]
public sealed class LostDataTests : IAsyncLifetime
{
    private static readonly JobOptions Brief = new() { PoolTimeout = TimeSpan.FromSeconds(15), MaxHeapBytes = 1 << 20 };

    private SiloCluster cluster = null!;

    public async Task InitializeAsync() => cluster = await SiloCluster.StartAsync(1);

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task After_that_the_pools_are_written_again_their_jobs_go_on_and_the_log_says_what_happened()
    {
        var handler = cluster.Client.Handler;
        Assert.True(await handler.AddPoolAsync("pool", static pool => pool.MaxWorkers = 3));
        Assert.True((await Until.Done(handler.Pool("pool").RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), Brief), "a first job")).IsCompleted);
        await cluster.Table.Server.FlushAllDatabasesAsync();
        var silo = cluster.Silos[0];
        await Until.True(() => Says(silo, "Storage has lost") && Says(silo, "The membership cannot be read"), "the log to say so");
        Assert.True((await Until.Done(handler.Pool("pool").RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), Brief), "a job after that")).IsCompleted);
        Assert.Equal(3, (await handler.Pool("pool").GetSnapshotAsync()).MaxWorkers);
        Assert.False(await Until.Done(handler.AddPoolAsync("pool", static _ => { }), "the answer that there is such a pool"));
    }

    private static bool Says(SiloProcess silo, string what) => silo.Lines.Any(line => line.Contains(what, StringComparison.Ordinal));
}
