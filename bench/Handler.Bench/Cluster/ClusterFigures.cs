using Handler.Bench.Groups;
using Handler.Bench.Measuring;
using Handler.Cluster;
using Handler.Grains;
using StackExchange.Redis;

namespace Handler.Bench.Cluster;

/// <summary>
/// Jobs, admissions and rejects on a cluster, compared with calls to a grain that does nothing. Client, silos and Redis are separate
/// processes.
/// </summary>
internal sealed class ClusterFigures : IFigureGroup
{
    private const int Callers = 64;
    private static readonly string[] OneSilo =
    [
        "orleans_null_p50_us",
        "orleans_null_per_s_64",
        "cluster_noop_p50_us",
        "cluster_noop_over_null",
        "cluster_pool_noop_p50_us",
        "cluster_jobs_per_s_64",
        "cluster_admit_per_s_64",
        "cluster_admit3_per_s_64",
        "cluster_reject_per_s_64",
        "redis_writes_per_job",
    ];

    private static readonly string[] TwoSilos = ["cluster2_jobs_per_s_64"];

    public IReadOnlyList<string> Names { get; } = [.. OneSilo, .. TwoSilos];

    public async Task MeasureAsync(BenchContext context)
    {
        if (context.Wants(OneSilo))
            await MeasureOneSiloAsync(context);
        if (context.Wants(TwoSilos))
            await MeasureTwoSilosAsync(context);
    }

    private static async Task MeasureOneSiloAsync(BenchContext context)
    {
        await using var cluster = await ClusterUnderTest.StartAsync(silos: 1);
        var handler = cluster.Client.Handler;
        await AddPoolsAsync(handler);
        var nothing = cluster.Client.Grains.GetGrain<INullGrain>(0);
        if (context.Wants("orleans_null_p50_us", "cluster_noop_p50_us", "cluster_noop_over_null", "cluster_pool_noop_p50_us"))
            await MeasureLatenciesAsync(context, nothing, handler);

        IAdmitGrain[] admitters =
        [
            .. Enumerable.Range(0, IWorkerGrain.Keys).Select(key => cluster.Client.Grains.GetGrain<IAdmitGrain>(key)),
        ];
        var closed = handler.GetPool("closed");
        await MeasureRatesAsync(context,
        [
            ("orleans_null_per_s_64", (_, number) => nothing.CallAsync(number)),
            ("cluster_jobs_per_s_64", (_, _) => BenchJobs.NoopAsync(handler.GetPool("one"))),
            ("cluster_admit_per_s_64", (caller, _) => admitters[caller % admitters.Length].AdmitAsync(1)),
            ("cluster_admit3_per_s_64", (caller, _) => admitters[caller % admitters.Length].AdmitAsync(3)),
            ("cluster_reject_per_s_64", async (_, _) => Expect.Failure<JobRejected>(await closed.RunAsync(static () => 0))),
        ]);
        if (context.Wants("redis_writes_per_job"))
            await MeasureWritesAsync(context, cluster, handler.GetPool("first"));
    }

    private static async Task MeasureTwoSilosAsync(BenchContext context)
    {
        await using var cluster = await ClusterUnderTest.StartAsync(silos: 2);
        var handler = cluster.Client.Handler;
        await AddPoolsAsync(handler);
        var pool = handler.GetPool("one");
        await MeasureRatesAsync(context, [("cluster2_jobs_per_s_64", (_, _) => BenchJobs.NoopAsync(pool))]);
    }

    private static async Task AddPoolsAsync(IHandler handler)
    {
        await handler.TryAddPoolAsync("one");
        await handler.TryAddPoolAsync("third");
        await handler.TryAddPoolAsync("second", pool => pool.Parent = "third");
        await handler.TryAddPoolAsync("first", pool => pool.Parent = "second");
        await handler.TryAddPoolAsync("closed", pool => pool.MaxWorkers = 0);
    }

    private static async Task MeasureLatenciesAsync(BenchContext context, INullGrain nothing, IHandler handler)
    {
        var pool = handler.GetPool("one");
        var calls = LatencySubject.Async(nothing.CallAsync);
        var noops = LatencySubject.Async(_ => BenchJobs.NoopAsync(handler));
        var pooled = LatencySubject.Async(_ => BenchJobs.NoopAsync(pool));
        var settings = context.Settings;
        await LatencySubject.SampleInTurnsAsync(
            [calls, noops, pooled],
            settings.LatencySamples,
            settings.LatencyRounds,
            settings.WarmUp,
            context.CancellationToken);
        context.Figures.Add("orleans_null_p50_us", calls.Microseconds.Median);
        context.Figures.Add("cluster_noop_p50_us", noops.Microseconds.Median);
        context.Figures.Add("cluster_noop_over_null", noops.Microseconds.Median / calls.Microseconds.Median);
        context.Figures.Add("cluster_pool_noop_p50_us", pooled.Microseconds.Median);
        context.Notes.Add(
            $"Medians of null calls by round: from {calls.RoundMedians.Lowest:0.0} to {calls.RoundMedians.Highest:0.0} µs; "
                + $"of no-ops on the cluster: from {noops.RoundMedians.Lowest:0.0} to {noops.RoundMedians.Highest:0.0} µs.");
    }

    // Every round measures all of them, so that noise on the machine affects them alike.
    private static async Task MeasureRatesAsync(BenchContext context, (string Name, Func<int, int, Task> Call)[] all)
    {
        var subjects = all.Where(subject => context.Wants(subject.Name)).ToList();
        foreach (var (_, call) in subjects)
            await Throughput.WarmUpAsync(Callers, context.Settings.MaxClusterWarmUp, call);
        var rounds = subjects.ToDictionary(subject => subject.Name, _ => new List<double>());
        for (var round = 0; round < context.Settings.ThroughputRounds; round++)
        {
            foreach (var (name, call) in subjects)
            {
                context.CancellationToken.ThrowIfCancellationRequested();
                rounds[name].Add((await Throughput.MeasureAsync(Callers, context.Settings.ThroughputRound, call)).PerSecond);
            }
        }

        foreach (var (name, rates) in rounds)
            context.Figures.Add(name, new Distribution(rates).Median);
    }

    /// <summary>
    /// Measures what Redis is asked to write while a thousand jobs run through three pools: the least of several rounds. Every 10 s the
    /// silos write that they are alive, which is not caused by jobs and falls into some of the rounds.
    /// </summary>
    private static async Task MeasureWritesAsync(BenchContext context, ClusterUnderTest cluster, IPool pool)
    {
        const int Rounds = 10;
        const int Jobs = 100;
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.Redis.Address + ",allowAdmin=true");
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = await RedisWrites.CountAsync(redis.GetServers()[0]);
            for (var i = 0; i < Jobs; i++)
                await BenchJobs.NoopAsync(pool);
            least = Math.Min(least, RedisWrites.Between(before, await RedisWrites.CountAsync(redis.GetServers()[0])).Values.Sum());
        }

        context.Figures.Add("redis_writes_per_job", (double)least / Jobs);
    }
}
