using Handler.TestSilo;

namespace Handler.Cluster.Tests;

/// <summary>
/// The only silo gets no processor time for a while. It is not declared dead, and when it continues it finds what was sent to it meanwhile.
/// </summary>
[Collection(Alone.Name)]
public sealed class StandstillTests : IAsyncLifetime
{
    private static readonly JobOptions Patient = new() { PoolTimeout = TimeSpan.FromSeconds(15), MaxHeapBytes = 256 << 20 };

    private SiloCluster cluster = null!;

    public async Task InitializeAsync() => cluster = await SiloCluster.StartAsync(1);

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task Jobs_that_are_sent_to_it_run_though_their_callers_have_listened_in_vain()
    {
        await cluster.Client.Handler.TryAddPoolAsync("pool", static _ => { });
        var pool = cluster.Client.Handler.GetPool("pool");
        Assert.True((await Until.Done(pool.RunAsync(TestJobs.Now(), Patient), "a first job")).IsSuccess);
        cluster.Silos[0].Stop();
        var jobs = Enumerable.Range(0, 10).Select(i => pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, i), Patient)).ToList();
        await GoOnLaterAsync();
        Assert.Equal(
            Enumerable.Range(0, 10),
            (await Until.Done(Task.WhenAll(jobs), "the end of all")).Select(outcome => outcome.GetValueOrThrow()));
    }

    [Fact]
    public async Task The_caller_of_a_job_whose_silo_stood_still_is_told_that_and_not_that_it_was_gone_itself()
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
        cluster.Silos[0].Stop();
        await Task.Delay(NodeTimings.CallerSilence + TimeSpan.FromSeconds(2));
        cluster.Silos[0].Continue();
        var lost = Assert.IsType<JobLost>((await Until.Done(job, "what became of the job")).Failure);
        Assert.Contains("was unresponsive", lost.Message);
    }

    [Fact]
    public async Task Large_values_come_though_they_are_held_up_on_the_way()
    {
        const int Length = 40 << 20;
        var jobs = Enumerable.Range(0, 4).Select(_ => cluster.Client.Handler.RunAsync(TestJobs.Bytes(Length), Patient)).ToList();
        await Until.Done(Task.WhenAny(jobs), "the first value, when others are on their way");
        cluster.Silos[0].Stop();
        await GoOnLaterAsync();
        foreach (var outcome in await Until.Done(Task.WhenAll(jobs), "the other values"))
            Assert.Equal(TestJobs.Bytes(Length)(), outcome.GetValueOrThrow());
    }

    private async Task GoOnLaterAsync()
    {
        await Task.Delay(2 * NodeTimings.Listening);
        cluster.Silos[0].Continue();
    }
}
