using Handler.TestSilo;

namespace Handler.Cluster.Tests;

/// <summary>Orleans with its default settings: it gives up a call after 30 s.</summary>
public sealed class HalfMinuteTests : IAsyncLifetime
{
    private SiloCluster cluster = null!;

    public async Task InitializeAsync() => cluster = await SiloCluster.StartAsync(1);

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task A_job_of_45_s_completes()
    {
        var limits = new JobLimits { Timeout = TimeSpan.FromMinutes(1), MaxHeapBytes = 1 << 20 };
        var job = cluster.Client.Handler.RunAsync(TestJobs.Sleep(TimeSpan.FromSeconds(45), 45), limits);
        Assert.Equal(45, (await Until.Done(job, "the job", TimeSpan.FromSeconds(60))).GetValueOrThrow());
    }
}
