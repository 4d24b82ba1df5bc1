using System.Diagnostics;
using Handler.TestSilo;

namespace Handler.Cluster.Tests;

/// <summary>Calls that are made while there is no silo.</summary>
[Collection(Alone.Name)]
public sealed class UnreachableTests : IAsyncLifetime
{
    private SiloCluster cluster = null!;

    public async Task InitializeAsync() => cluster = await SiloCluster.StartAsync(1);

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task Jobs_are_rejected_after_the_pool_timeout_and_can_be_cancelled_while_a_silo_is_dead()
    {
        await cluster.Client.Handler.TryAddPoolAsync("pool", static _ => { });
        var pool = cluster.Client.Handler.GetPool("pool");
        var options = new JobOptions { PoolTimeout = TimeSpan.FromSeconds(1), MaxHeapBytes = 1 << 20 };
        Assert.True(
            (
                await Until.Done(
                    pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), options with { PoolTimeout = TimeSpan.FromSeconds(15) }),
                    "a first job")
            ).IsSuccess);
        var dead = cluster.Silos[0];
        cluster.Remove(dead);
        await dead.KillAsync();

        var start = Stopwatch.GetTimestamp();
        using var source = new CancellationTokenSource();
        var patient = options with { PoolTimeout = TimeSpan.FromMinutes(1) };
        var cancelled = pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), patient, source.Token);
        var rejected = pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), options);
        var started = pool.TryStartAsync(TestJobs.Sleep(TimeSpan.Zero, 1), options);
        await source.CancelAsync();
        Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>((await Until.Done(cancelled, "the cancelled job")).Failure).Cause);
        Assert.Equal(RejectReason.PoolTimeout, Assert.IsType<JobRejected>((await Until.Done(rejected, "the reject")).Failure).Reason);
        Assert.Equal(RejectReason.PoolTimeout, (await Until.Done(started, "the reject of a start")).Reject?.Reason);
        Assert.True(
            Stopwatch.GetElapsedTime(start) < options.PoolTimeout + TimeSpan.FromSeconds(5),
            $"It took {Stopwatch.GetElapsedTime(start)}.");
    }
}
