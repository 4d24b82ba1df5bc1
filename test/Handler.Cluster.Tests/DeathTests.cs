using System.Diagnostics;
using Handler.TestSilo;
using Xunit.Abstractions;

namespace Handler.Cluster.Tests;

/// <summary>Silos that die without notice, and one that only seems to.</summary>
public sealed class DeathTests(ClusterFixture fixture, ITestOutputHelper output) : ClusterTest(fixture, output)
{
    [Fact]
    public async Task The_jobs_of_a_killed_silo_are_lost_soon_after_it_is_declared_dead_and_their_shares_are_released()
    {
        var pool = NewName("pool");
        var holder = Cluster.Silos[0];
        await Cluster.TryAddPoolAsync(pool, holder, Limits(40));
        await KillAndCheckAsync(Cluster.Silos[1], [pool]);
    }

    [Fact]
    public async Task A_pool_whose_silo_is_killed_recovers_and_counts_the_jobs_on_other_silos()
    {
        var pool = NewName("pool");
        await Cluster.TryAddPoolAsync(pool, Cluster.Silos[1], Limits(40));
        var epoch = (await Handler.GetPool(pool).GetSnapshotAsync()).Epoch;
        await KillAndCheckAsync(Cluster.Silos[1], [pool]);
        Assert.True((await Handler.GetPool(pool).GetSnapshotAsync()).Epoch > epoch);
    }

    [Fact]
    public async Task A_parent_pool_recovers_after_its_silo_is_killed_and_its_children_continue()
    {
        var (child, parent) = (NewName("child"), NewName("parent"));
        await Cluster.TryAddPoolAsync(parent, Cluster.Silos[1], Limits(40));
        await Cluster.TryAddPoolAsync(child, Cluster.Silos[0], Limits(40, parent));
        await KillAndCheckAsync(Cluster.Silos[1], [child, parent]);
    }

    [Fact]
    public async Task Requests_of_a_killed_silos_pool_leave_the_queue_of_the_parent_within_seconds()
    {
        const int Callers = 12;
        var (parent, child) = (NewName("parent"), NewName("child"));
        var killed = Cluster.Silos[1];
        await Cluster.TryAddPoolAsync(parent, Cluster.Silos[0], Limits(30));
        await Cluster.TryAddPoolAsync(child, killed, Limits(2 * Callers, parent));
        var jobs = await StartOnEachSilo(parent, 30);
        var where = await WhereAsync(parent);
        var running = jobs.First(job => where[job.Id] != killed);
        await EndAsync(jobs.Where(job => job != running), auditor: null);
        Assert.True(await Handler.TryUpdatePoolAsync(parent, pool => pool.MaxWorkers = 1));

        using var patience = new CancellationTokenSource();
        var waiting = Enumerable
            .Range(0, Callers)
            .Select(_ =>
                Handler
                    .GetPool(child)
                    .RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), Brief with { Wait = TimeSpan.FromMinutes(1) }, patience.Token))
            .ToList();
        await Until.True(async () => await WaitingAsync() == Callers, "all callers to wait at the parent");

        // Callers on live nodes ask again, through the child's next activation. Requests of the previous activation must not wait beside
        // theirs.
        var verdict = await Cluster.KillAsync(killed);
        await Until.True(AgreeAsync, "the child's next activation and the parent to know the jobs that still wait, and no others");
        Note("the parent knew only those who still waited", verdict);
        Assert.True(Stopwatch.GetElapsedTime(verdict) < TimeSpan.FromSeconds(5), $"It took {Stopwatch.GetElapsedTime(verdict)}.");
        await patience.CancelAsync();
        await Until.Done(Task.WhenAll(waiting), "the callers' outcomes");
        await running.DisposeAsync();
        Assert.Equal((0, 0), (await WaitingAsync(), (await Handler.GetPool(parent).GetSnapshotAsync()).UsedWorkers));

        async Task<bool> AgreeAsync()
        {
            var (held, left) = ((await Handler.GetPool(child).GetSnapshotAsync()).HeldWorkers,
                waiting.Count(caller => !caller.IsCompleted));
            return (held, await WaitingAsync()) == (left, left);
        }

        async Task<int> WaitingAsync() => (await Handler.GetPool(parent).GetSnapshotAsync()).Waiting;
    }

    [Fact]
    public async Task A_silo_that_resumes_after_it_was_declared_dead_exits_and_no_job_is_admitted_twice()
    {
        var pool = NewName("pool");
        await Cluster.TryAddPoolAsync(pool, Cluster.Silos[0], Limits(12));
        await using var auditor = await Auditor.StartAsync(Cluster, pool);
        var jobs = await FillAsync(pool, 12);
        var where = await WhereAsync(pool);
        var stopped = Cluster.Silos.Skip(1).First(where.ContainsValue);
        var start = Stopwatch.GetTimestamp();
        stopped.Stop();
        var verdict = await Cluster.Table.WaitForVerdictAsync(stopped);
        Note("the verdict came", start);
        Cluster.Remove(stopped);
        var lost = jobs.Where(job => where[job.Id] == stopped).ToList();
        await AssertLostSoonAsync(lost, verdict);
        await AssertCapacityBackAsync(verdict, [pool]);

        // Uses a client that has never known the stopped silo. Another client may still take that silo for a gateway until it next reads
        // the list of gateways.
        await using var client = await ClientHost.StartAsync(Cluster.Setup.Redis, Cluster.Setup.ClusterId);
        var others = jobs.Except(lost).Concat(await FillAsync(pool, lost.Count, client.Handler)).ToList();

        start = Stopwatch.GetTimestamp();
        stopped.Continue();
        await stopped.WaitForExitAsync();
        Note("the silo had ended itself", start);
        Assert.NotEqual(0, stopped.ExitCode);
        await AssertSoundAsync(auditor);
        await EndAsync(others, auditor);
    }

    /// <summary>Kills a silo while jobs run on every silo and callers come and go. Then checks everything that must hold.</summary>
    private async Task KillAndCheckAsync(SiloProcess killed, string[] pools)
    {
        var jobs = await StartOnEachSilo(pools[0], 30);
        var where = await WhereAsync(pools[0]);

        // Leave room for fewer jobs than there are callers.
        foreach (var pool in pools)
            Assert.True(await Handler.TryUpdatePoolAsync(pool, options => options.MaxWorkers = jobs.Count + 2));
        await using var auditor = await Auditor.StartAsync(Cluster, pools);
        await using var load = new Load(4, 0, HangLimit, async _ =>
            Outcomes.Of(await Handler.GetPool(pools[0]).RunAsync(TestJobs.Sleep(TimeSpan.FromMilliseconds(20), 1), Brief)));
        await Until.True(() => load.CountOf("Completed") > 20, "callers to get outcomes");
        await UntilReadAsync(auditor);

        var start = Stopwatch.GetTimestamp();
        var verdict = await Cluster.KillAsync(killed);
        Note("the verdict came", start);
        var lost = jobs.Where(job => where[job.Id] == killed).ToList();
        await AssertLostSoonAsync(lost, verdict);
        await AssertCapacityBackAsync(verdict, pools);
        var before = load.CountOf("Completed");
        await Until.True(() => load.CountOf("Completed") > before, "callers to get outcomes again");
        Note("jobs were admitted and completed", verdict);
        await UntilReadAsync(auditor); // there may be no reading from while the dead silo was asked too

        await StopAsync(load, pools);
        Assert.True(load.CountOf("Rejected NoWorkersAvailable") > 0, $"no job has reached the limit: {load}");
        await AssertSoundAsync(auditor);
        await EndAsync(jobs.Except(lost), auditor);
    }
}
