using Handler.TestSilo;
using Xunit.Abstractions;

namespace Handler.Cluster.Tests;

/// <summary>Redis is needed for membership and for pools that start, not for jobs.</summary>
public sealed class RedisTests(ClusterFixture fixture, ITestOutputHelper output) : ClusterTest(fixture, output)
{
    [Fact]
    public async Task Clusters_that_share_a_Redis_server_have_separate_pools()
    {
        var pool = NewName("pool");
        await Handler.TryAddPoolAsync(pool, Limits(3));
        var other = Cluster.Setup with { ClusterId = NewName("cluster") };
        await using var silo = await SiloProcess.StartAsync(other);
        await using var client = await ClientHost.StartAsync(other.Redis, other.ClusterId);
        Assert.True(await client.Handler.TryAddPoolAsync(pool, Limits(5)));
        Assert.Equal(3, (await Handler.GetPool(pool).GetSnapshotAsync()).MaxWorkers);
        Assert.Equal(5, (await client.Handler.GetPool(pool).GetSnapshotAsync()).MaxWorkers);
    }

    [Fact]
    public async Task Jobs_are_admitted_run_complete_and_can_be_cancelled_while_Redis_is_down()
    {
        var (child, parent) = (NewName("child"), NewName("parent"));
        await Handler.TryAddPoolAsync(parent, Limits(20));
        await Handler.TryAddPoolAsync(child, Limits(20, parent));
        await using var auditor = await Auditor.StartAsync(Cluster, child, parent);
        await using var load = new Load(4, 0, HangLimit, async _ =>
            Outcomes.Of(await Handler.GetPool(child).RunAsync(TestJobs.Sleep(TimeSpan.FromMilliseconds(20), 1), Brief)));
        var longJob = Handler.GetPool(child).RunAsync(TestJobs.Sleep(TimeSpan.FromSeconds(15), 15), Endless);
        await AssertGoesOnAsync(load, "before");
        var cancelled = await FillAsync(child, 9); // in turn on every silo, so each knows the pools by now: it reads each pool's epoch once

        Cluster.Redis.Stop();
        await AssertGoesOnAsync(load, "while Redis is stopped");
        await AssertCancelsAsync(cancelled[0]);
        Cluster.Redis.Continue();
        await AssertGoesOnAsync(load, "with Redis awake again");

        await Cluster.Redis.KillAsync();
        await AssertGoesOnAsync(load, "while Redis is dead");
        await AssertCancelsAsync(cancelled[1]);
        await Cluster.Redis.RestartAsync();
        await AssertGoesOnAsync(load, "with Redis back");
        Assert.True(await Until.Done(Handler.TryAddPoolAsync(NewName("later"), Limits(1)), "a pool to be added"));
        await EndAsync(cancelled.Skip(2), auditor: null);

        await StopAsync(load, child, parent);
        Assert.Equal(["Completed"], load.Outcomes.Keys);
        Assert.Equal(15, (await Until.Done(longJob, "the long job")).GetValueOrThrow());
        await auditor.WaitUntilQuietAsync();
        await AssertSoundAsync(auditor);
        Assert.Equal(3, Cluster.Silos.Count(silo => !silo.HasExited && Cluster.Table.VerdictOn(silo) is null));
    }

    [Fact]
    public async Task Jobs_write_nothing_to_Redis()
    {
        var pool = NewName("pool");
        await Handler.TryAddPoolAsync(pool, Limits(50));
        await RunAsync(100); // so that every node knows the pool
        var before = await RedisWrites.CountAsync(Cluster.Table.Server);
        await RunAsync(1_000);
        var written = RedisWrites.Between(before, await RedisWrites.CountAsync(Cluster.Table.Server));
        Write($"writes during 1000 jobs: {string.Join(", ", written)}");
        Assert.True(written.Values.Sum() <= 30, $"1000 jobs, and these writes: {string.Join(", ", written)}"); // the silos' own heartbeats

        async Task RunAsync(int count)
        {
            var jobs = Enumerable
                .Range(0, count)
                .Select(_ =>
                    Handler.GetPool(pool).RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), Brief with { Wait = TimeSpan.FromMinutes(1) }));
            Assert.All(await Until.Done(Task.WhenAll(jobs), $"{count} jobs"), outcome => Assert.Equal("Completed", Outcomes.Of(outcome)));
        }
    }

    private static async Task AssertGoesOnAsync(Load load, string when)
    {
        var completed = load.CountOf("Completed");
        await Until.True(() => load.CountOf("Completed") >= completed + 50, $"jobs to complete {when}; so far {load}");
    }

    private static async Task AssertCancelsAsync(JobHandle<int> job)
    {
        var start = Environment.TickCount64;
        await Until.Done(AbandonAsync(), "a job to be cancelled");
        Assert.True(Environment.TickCount64 - start < 5_000, $"cancelling took {Environment.TickCount64 - start} ms");

        async Task<bool> AbandonAsync()
        {
            await job.DisposeAsync();
            return true;
        }
    }
}
