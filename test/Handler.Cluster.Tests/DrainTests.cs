using System.Diagnostics;
using Handler.TestSilo;

namespace Handler.Cluster.Tests;

/// <summary>A silo that is told to shut down while it runs jobs that do not end.</summary>
[Collection(Alone.Name)]
public sealed class DrainTests : IAsyncLifetime
{
    private static readonly JobOptions Endless = new()
    {
        Timeout = TimeSpan.FromMinutes(10),
        PoolTimeout = TimeSpan.FromSeconds(15),
        MaxHeapBytes = 1 << 20,
    };

    /// <summary>
    /// The longest that a move takes on a busy machine; elsewhere it takes fractions of a second. A pool that waits for its waiters' calls
    /// to return stays for half a minute.
    /// </summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(10);

    private SiloCluster cluster = null!;

    public async Task InitializeAsync()
        => cluster = await SiloCluster.StartAsync(2, setup => setup with { DrainTimeout = TimeSpan.FromSeconds(2) });

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task After_the_grace_a_leaving_silo_kills_its_jobs_releases_their_shares_and_exits_cleanly()
    {
        var handler = cluster.Client.Handler;
        await cluster.TryAddPoolAsync("pool", cluster.Silos[0], pool => pool.MaxWorkers = 20);
        var pool = handler.GetPool("pool");
        await using var auditor = await Auditor.StartAsync(cluster, "pool");
        var leaving = cluster.Silos[1];
        var jobs = new List<JobHandle<int>>();
        Dictionary<JobId, SiloProcess> where = [];
        while (where.Values.Count(silo => silo == leaving) < 2)
        {
            jobs.Add(await Until.Done(pool.StartAsync(TestJobs.Sleep(TimeSpan.FromMinutes(10), 1), Endless), "a job to be admitted"));
            where = (await pool.GetSnapshotAsync()).Running.ToDictionary(job => job.Job, job => cluster.SiloOf(job.Node));
        }

        cluster.Remove(leaving);
        leaving.Terminate();
        foreach (var job in jobs.Where(job => where[job.Id] == leaving))
            Assert.Equal(
                KillCause.Shutdown,
                Assert.IsType<JobKilled>((await Until.Done(job.Outcome, "the end of a job whose silo leaves")).Failure).Cause);
        await leaving.WaitForExitAsync();
        Assert.Equal(0, leaving.ExitCode);
        Assert.Empty(leaving.Processes());

        // The other silo's jobs run on, and the pool counts only those.
        var others = jobs.Where(job => where[job.Id] != leaving).ToList();
        Assert.Equal(others.Count, (await pool.GetSnapshotAsync()).UsedWorkers);
        Assert.Equal(others.Count, await pool.KillAllAsync());
        await auditor.WaitUntilQuietAsync();
        Assert.Empty(auditor.Book.OverAdmissions);
        Assert.Empty(auditor.Book.Leaks);
    }

    [Fact]
    public async Task Jobs_that_wait_for_their_pool_keep_waiting_at_another_silo_when_their_silo_leaves()
    {
        await cluster.TryAddPoolAsync("narrow", cluster.Silos[0], pool => pool.MaxWorkers = 1);
        var pool = cluster.Client.Handler.GetPool("narrow");
        var leaving = cluster.Silos[1];
        await using var first = await StartElsewhereAsync(pool, leaving);
        var waiting = Enumerable
            .Range(0, 8)
            .Select(i => pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, i), Endless with { Wait = TimeSpan.FromMinutes(2) }))
            .ToList();
        await Until.True(async () => (await pool.GetSnapshotAsync()).Waiting == waiting.Count, "all to wait");
        cluster.Remove(leaving);
        leaving.Terminate();
        await leaving.WaitForExitAsync();
        Assert.Equal(0, leaving.ExitCode);
        await Until.True(async () => (await pool.GetSnapshotAsync()).Waiting == waiting.Count, "all to wait at the other silo");
        Assert.True(await first.KillAsync());
        Assert.Equal(
            Enumerable.Range(0, 8),
            (await Until.Done(Task.WhenAll(waiting), "the end of all")).Select(outcome => outcome.GetValueOrThrow()));
        Assert.Equal(0, (await pool.GetSnapshotAsync()).UsedWorkers);
    }

    [Fact]
    public async Task The_pools_of_a_leaving_silo_move_quickly_to_another_silo_with_all_waiting_jobs()
    {
        var (handler, leaving) = (cluster.Client.Handler, cluster.Silos[0]);
        await cluster.TryAddPoolAsync("parent", leaving, pool => pool.MaxWorkers = 1);
        await cluster.TryAddPoolAsync("child", leaving, pool => (pool.MaxWorkers, pool.Parent) = (10, "parent"));
        var (parent, child) = (handler.GetPool("parent"), handler.GetPool("child"));
        await using var first = await StartElsewhereAsync(child, leaving);
        var waits = Endless with { PoolTimeout = Moment, Wait = TimeSpan.FromMinutes(1) };
        var waiting = Enumerable
            .Range(0, 6)
            .Select(i => (i % 2 == 0 ? parent : child).RunAsync(TestJobs.Sleep(TimeSpan.Zero, i), waits))
            .ToList();
        await Until.True(async () => await WaitingAsync() == waiting.Count, "all to wait");

        cluster.Remove(leaving);
        var start = Stopwatch.GetTimestamp();
        leaving.Terminate();
        await Until.True(
            async () => await cluster.SiloOfPoolAsync("parent") != leaving && await cluster.SiloOfPoolAsync("child") != leaving,
            "the pools to be on the other silo");
        await Until.True(async () => await WaitingAsync() == waiting.Count, "all to wait there");
        AssertWithin(Moment, start, "All waited at the other silo");
        await leaving.WaitForExitAsync();
        AssertWithin(2 * Moment, start, "The silo had gone");
        Assert.Equal(0, leaving.ExitCode);

        start = Stopwatch.GetTimestamp();
        Assert.True(await first.KillAsync());
        Assert.IsType<JobKilled>((await Until.Done(first.Outcome, "the end of the job that runs")).Failure);
        AssertWithin(TimeSpan.FromSeconds(2), start, "The outcome had come");
        Assert.Equal(
            Enumerable.Range(0, 6),
            (await Until.Done(Task.WhenAll(waiting), "the end of all")).Select(outcome => outcome.GetValueOrThrow()));
        Assert.Equal(0, (await parent.GetSnapshotAsync()).UsedWorkers);

        async Task<int> WaitingAsync() => (await parent.GetSnapshotAsync()).Waiting;
    }

    [Fact]
    public async Task Silos_that_are_terminated_while_Redis_is_down_exit_in_time()
    {
        await cluster.Redis.KillAsync();
        var start = Stopwatch.GetTimestamp();
        var silos = cluster.Silos.ToList();
        foreach (var silo in silos)
        {
            cluster.Remove(silo);
            silo.Terminate();
        }

        foreach (var silo in silos)
            await silo.WaitForExitAsync();
        AssertWithin(TimeSpan.FromSeconds(20), start, "The silos had ended");
        Assert.All(silos, silo => Assert.Equal(0, silo.ExitCode));
        Assert.All(silos, silo => Assert.Empty(silo.Processes()));
    }

    private static void AssertWithin(TimeSpan limit, long since, string what)
    {
        var took = Stopwatch.GetElapsedTime(since);
        Assert.True(took < limit, $"{what} after {took.TotalSeconds:0.0} s; it should take less than {limit.TotalSeconds} s");
    }

    private async Task<JobHandle<int>> StartElsewhereAsync(IPool pool, SiloProcess leaving)
    {
        while (true)
        {
            var job = await Until.Done(pool.StartAsync(TestJobs.Sleep(TimeSpan.FromMinutes(10), 1), Endless), "a job to be admitted");
            if (cluster.SiloOf((await pool.GetSnapshotAsync()).Running.Single().Node) != leaving)
                return job;
            await job.DisposeAsync();
            await Until.Done(job.Outcome, "the end of a job");
        }
    }
}
