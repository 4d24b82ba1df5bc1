using System.Diagnostics;
using Handler.TestSilo;
using Xunit.Abstractions;

namespace Handler.Cluster.Tests;

/// <summary>The base class of the tests on the shared cluster.</summary>
[Collection(OneCluster.Name)]
public abstract class ClusterTest(ClusterFixture fixture, ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>How soon after a silo's verdict the callers of its jobs learn of it.</summary>
    private protected static readonly TimeSpan LostLimit = TimeSpan.FromSeconds(3);

    /// <summary>No caller waits longer than this for a short job, whatever happens. It is less than Orleans' response timeout.</summary>
    private protected static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(25);

    /// <summary>An auditor that has taken no more readings than this has seen nothing.</summary>
    private const int FewReadings = 5;

    /// <summary>Options for jobs that end only by force.</summary>
    private protected static readonly JobOptions Endless = new()
    {
        Timeout = TimeSpan.FromMinutes(10),
        PoolTimeout = TimeSpan.FromSeconds(15),
        MaxHeapBytes = 1 << 20,
    };

    /// <summary>Options for short jobs whose callers wait until a pool has come back.</summary>
    private protected static readonly JobOptions Brief = Endless with { Timeout = TimeSpan.FromSeconds(5) };

    private protected SiloCluster Cluster { get; private set; } = null!;

    private protected IHandler Handler => Cluster.Client.Handler;

    public async Task InitializeAsync() => Cluster = await fixture.HealAsync(3);

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>A name that no other pool has.</summary>
    private protected static string NewName(string name) => $"{name}-{Guid.NewGuid().ToString("N")[..8]}";

    private protected static Action<PoolOptions> Limits(int maxWorkers, string? parent = null)
        => pool => (pool.MaxWorkers, pool.MaxMemoryBytes, pool.Parent) = (maxWorkers, 1L << 30, parent);

    /// <summary>Starts a job that sleeps for ten minutes; it is admitted when the task completes.</summary>
    private protected async Task<JobHandle<int>> StartEndless(string pool, JobOptions? options = null, IHandler? by = null)
        => await Until.Done(
            (by ?? Handler).GetPool(pool).StartAsync(TestJobs.Sleep(TimeSpan.FromMinutes(10), 1), options ?? Endless),
            "a job to be admitted");

    private protected async Task<List<JobHandle<int>>> FillAsync(string pool, int count, IHandler? by = null)
    {
        var jobs = new List<JobHandle<int>>();
        for (var i = 0; i < count; i++)
            jobs.Add(await StartEndless(pool, by: by));
        return jobs;
    }

    /// <summary>Which silo runs each of these jobs.</summary>
    private protected async Task<Dictionary<JobId, SiloProcess>> WhereAsync(string pool)
        => (await Handler.GetPool(pool).GetSnapshotAsync()).Running.ToDictionary(job => job.Job, job => Cluster.SiloOf(job.Node));

    /// <summary>Starts jobs until each silo runs at least one.</summary>
    private protected async Task<List<JobHandle<int>>> StartOnEachSilo(string pool, int atMost)
    {
        var jobs = new List<JobHandle<int>>();
        while ((await WhereAsync(pool)).Values.Distinct().Count() < Cluster.Silos.Count)
        {
            Assert.True(jobs.Count < atMost, $"{atMost} jobs have not come to every silo");
            jobs.Add(await StartEndless(pool));
        }

        return jobs;
    }

    /// <summary>Checks for the jobs of a dead silo that each caller learns of the loss soon after the verdict.</summary>
    private protected async Task AssertLostSoonAsync(IReadOnlyCollection<JobHandle<int>> jobs, long verdict)
    {
        Assert.NotEmpty(jobs);
        foreach (var job in jobs)
            Assert.IsType<JobLost>((await Until.Done(job.Outcome, "the outcome of a lost job")).Failure);
        AssertWithin(LostLimit, verdict, "the last caller of a lost job was told");
    }

    /// <summary>Checks that all shares of dead silos are free within 5 s of the verdict.</summary>
    private protected async Task AssertCapacityBackAsync(long verdict, IReadOnlyCollection<string> pools)
    {
        await Until.True(
            async ()
                => (await Task.WhenAll(pools.Select(pool => Handler.GetPool(pool).GetSnapshotAsync()))).All(state =>
                    state.Running.All(job => Cluster.VerdictOn(job.Node) is null)),
            "the shares of dead silos to be free");
        AssertWithin(AuditBook.ReturnLimit, verdict, "capacity was back");
    }

    /// <summary>Checks that no limit was ever exceeded, no share leaked, and no process is left.</summary>
    private protected static async Task AssertSoundAsync(Auditor auditor)
    {
        await Until.True(() => auditor.Orphans().Count == 0, "no orphans", AuditBook.ReturnLimit);
        Assert.Empty(auditor.Book.OverAdmissions);
        Assert.Empty(auditor.Book.Leaks);
        Assert.Empty(auditor.Book.Orphans);
        Assert.True(auditor.Book.Readings > FewReadings, "the auditor has hardly read anything");
    }

    /// <summary>
    /// Waits until the auditor has taken a few more readings, so that it sees the present state even if that is over soon.
    /// </summary>
    private protected static async Task UntilReadAsync(Auditor auditor)
    {
        var before = auditor.Book.Readings;
        await Until.True(() => auditor.Book.Readings > before + FewReadings, "the auditor to read");
    }

    /// <summary>Ends jobs that must still be running, and waits until all their shares are released.</summary>
    private protected static async Task EndAsync(IEnumerable<JobHandle<int>> jobs, Auditor? auditor)
    {
        foreach (var job in jobs)
        {
            Assert.True(!job.Outcome.IsCompleted, job.Outcome.IsCompleted ? $"{job.Id} ended: {job.Outcome.Result}" : "");
            await job.DisposeAsync();
            Assert.IsType<JobKilled>((await job.Outcome).Failure);
        }

        if (auditor is not null)
            await auditor.WaitUntilQuietAsync();
    }

    private protected void AssertWithin(TimeSpan limit, long since, string what)
    {
        var took = Stopwatch.GetElapsedTime(since);
        Write($"{what} after {took.TotalMilliseconds:0} ms");
        Assert.True(took < limit, $"{what} after {took.TotalSeconds:0.00} s; it should take less than {limit.TotalSeconds} s");
    }

    /// <summary>Stops the load. Every call must have an outcome.</summary>
    private protected async Task StopAsync(Load load, params string[] pools)
    {
        var hanging = await load.StopAsync();
        Write($"outcomes: {load}; the longest took {load.Longest.TotalSeconds:0.0} s");
        if (hanging > 0)
            Assert.Fail($"{hanging} callers without an outcome in time{Environment.NewLine}{await Cluster.DescribeAsync(pools)}");
    }

    private protected void Note(string what, long since) => Write($"{what} after {Stopwatch.GetElapsedTime(since).TotalMilliseconds:0} ms");

    private protected void Write(string line) => output.WriteLine(line);
}
