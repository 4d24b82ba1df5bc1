using Handler.TestSilo;

namespace Handler.Cluster.Tests;

/// <summary>
/// The only silo gets no CPU time for a while. It is not declared dead, and when it continues it finds what was sent to it meanwhile.
/// </summary>
[Collection(Alone.Name)]
public sealed class UnresponsiveSiloTests : IAsyncLifetime
{
    private static readonly JobOptions Patient = new() { PoolTimeout = TimeSpan.FromMinutes(1), MaxHeapBytes = 256 << 20 };

    private SiloCluster cluster = null!;

    public async Task InitializeAsync() => cluster = await SiloCluster.StartAsync(1);

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task Jobs_sent_to_a_silo_that_is_unresponsive_for_a_while_still_run()
    {
        await cluster.Client.Handler.TryAddPoolAsync("pool", static _ => { });
        var pool = cluster.Client.Handler.GetPool("pool");
        Assert.True((await Until.Done(pool.RunAsync(TestJobs.Now(), Patient), "a first job")).IsSuccess);
        cluster.Silos[0].Stop();
        var jobs = Enumerable.Range(0, 10).Select(i => pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, i), Patient)).ToList();
        await PauseAsync();
        Assert.Equal(
            Enumerable.Range(0, 10),
            (await Until.Done(Task.WhenAll(jobs), "the end of all")).Select(outcome => outcome.GetValueOrThrow()));
    }

    [Fact]
    public async Task A_running_job_whose_silo_was_unresponsive_is_lost_for_that_reason()
    {
        var started = Path.Combine(Path.GetTempPath(), $"handler-{Guid.NewGuid():N}");
        var job = cluster.Client.Handler.RunAsync(
            TestJobs.WaitForCancellation(started, started),
            Patient with
            {
                Timeout = TimeSpan.FromMinutes(2),
            });
        await Until.True(() => File.Exists(started), "the job to run"); // a job that only waits for a worker runs later
        File.Delete(started);
        var workers = cluster.Silos[0].Processes();
        cluster.Silos[0].Stop();
        await Until.True(() => workers.Except(cluster.Silos[0].Processes()).Any(), "the job to end");
        cluster.Silos[0].Continue();
        var lost = Assert.IsType<JobLost>((await Until.Done(job, "what became of the job")).Failure);
        Assert.Contains("was unresponsive", lost.Message);
    }

    [Fact]
    public async Task Large_values_arrive_even_if_their_silo_is_unresponsive_for_a_while()
    {
        const int Length = 40 << 20;
        var jobs = Enumerable.Range(0, 4).Select(_ => cluster.Client.Handler.RunAsync(TestJobs.Bytes(Length), Patient)).ToList();
        await Until.Done(Task.WhenAny(jobs), "the first value, when others are on their way");
        cluster.Silos[0].Stop();
        await PauseAsync();
        foreach (var outcome in await Until.Done(Task.WhenAll(jobs), "the other values"))
            Assert.Equal(TestJobs.Bytes(Length)(), outcome.GetValueOrThrow());
    }

    /// <summary>Keeps the silo unresponsive for longer than callers wait for its replies, then continues it.</summary>
    private async Task PauseAsync()
    {
        await Task.Delay(2 * NodeTimings.Listening);
        cluster.Silos[0].Continue();
    }
}
