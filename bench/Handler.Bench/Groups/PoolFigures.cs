using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>The same no-op jobs through one pool and through a pool with a parent, and rejects.</summary>
internal sealed class PoolFigures : IFigureGroup
{
    private const int Callers = 16;
    private const int PairsPerRound = 100;
    private static readonly string[] Latencies = ["pool_noop_p50_us", "pool2_noop_p50_us"];
    private static readonly string[] Rates = ["pool_jobs_per_s_16", "pool2_jobs_per_s_16"];
    private const string Rejects = "reject_per_s_16";
    private const string OverNone = "pool2_over_none_16";

    public IReadOnlyList<string> Names { get; } = [.. Latencies, .. Rates, Rejects, OverNone];

    public async Task MeasureAsync(BenchContext context)
    {
        await using var handler = await HandlerUnderTest.StartAsync(BenchSettings.BenchWorkers, context.CancellationToken, options =>
            options
                .AddPool("one")
                .AddPool("child", pool => pool.Parent = "parent")
                .AddPool("parent")
                .AddPool("closed", pool => pool.MaxWorkers = 0));
        var (one, child, closed) = (handler.GetPool("one"), handler.GetPool("child"), handler.GetPool("closed"));
        if (context.Wants(Latencies))
            await MeasureLatenciesAsync(context, one, child);
        if (context.Wants(Rates))
            await MeasureRatesAsync(context, Rates, (_, _) => BenchJobs.NoopAsync(one), (_, _) => BenchJobs.NoopAsync(child));
        if (context.Wants(OverNone))
            await MeasureOverNoneAsync(context, handler, child);

        // Separately and last: rejects keep every thread busy, so the thread pool adds threads, and jobs are slower for a while afterwards.
        if (context.Wants(Rejects))
            await MeasureRatesAsync(context, [Rejects], async (_, _) => Expect.Failure<JobRejected>(await closed.RunAsync(static () => 0)));
    }

    private static async Task MeasureLatenciesAsync(BenchContext context, IPool one, IPool child)
    {
        var subjects = new[] { one, child }.Select(pool => LatencySubject.Async(_ => BenchJobs.NoopAsync(pool))).ToArray();
        await LatencySubject.SampleInTurnsAsync(
            subjects,
            context.Settings.LatencySamples,
            context.Settings.LatencyRounds,
            context.Settings.WarmUp,
            context.CancellationToken);
        foreach (var (name, subject) in Latencies.Zip(subjects))
            context.Figures.Add(name, subject.Microseconds.Median);
    }

    // Every round measures all of them, so that noise on the machine affects them alike.
    private static async Task MeasureRatesAsync(BenchContext context, string[] names, params Func<int, int, Task>[] calls)
    {
        foreach (var call in calls)
            await Throughput.MeasureAsync(Callers, context.Settings.WarmUp, call);
        var results = names.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < context.Settings.ThroughputRounds; round++)
        {
            for (var i = 0; i < calls.Length; i++)
            {
                context.CancellationToken.ThrowIfCancellationRequested();
                results[i].Add((await Throughput.MeasureAsync(Callers, context.Settings.ThroughputRound, calls[i])).PerSecond);
            }
        }

        foreach (var (name, rates) in names.Zip(results))
            context.Figures.Add(name, new Distribution(rates).Median);
    }

    /// <summary>
    /// Measures the cost of two pools: pairs of very short rounds run the same jobs with and without the pools. The order changes from pair
    /// to pair. The figure is the median of the pairs' ratios: a disturbance of the machine affects both rounds of a pair, and two long
    /// rounds differ as much as two short ones.
    /// </summary>
    private static async Task MeasureOverNoneAsync(BenchContext context, IHandler none, IPool child)
    {
        foreach (var subject in new IJobRunner[] { none, child })
            await Throughput.MeasureAsync(Callers, context.Settings.WarmUp, (_, _) => BenchJobs.NoopAsync(subject));
        var ratios = new List<double>();
        for (var pair = 0; pair < PairsPerRound * context.Settings.ThroughputRounds; pair++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            var (first, second) = pair % 2 == 0 ? ((IJobRunner)none, (IJobRunner)child) : (child, none);
            var (before, after) = (await RateOfAsync(first), await RateOfAsync(second));
            ratios.Add(pair % 2 == 0 ? after / before : before / after);
        }

        context.Figures.Add(OverNone, new Distribution(ratios).Median);

        async Task<double> RateOfAsync(IJobRunner runner)
            => (
                await Throughput.MeasureAsync(Callers, context.Settings.ThroughputRound / PairsPerRound, (_, _) =>
                    BenchJobs.NoopAsync(runner))
            ).PerSecond;
    }
}
