using System.Diagnostics;
using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>
/// Small jobs, of which one in 100 sleeps 20 ms. If a handler lets jobs wait behind a sleeping one, the p99 of the fast jobs shows it.
/// </summary>
internal sealed class MixedLoadFigures : IFigureGroup
{
    private const int SleeperEvery = 100;

    public IReadOnlyList<string> Names { get; } = ["jobs_per_s_16_mixed", "mixed_fast_p99_us"];

    public async Task MeasureAsync(BenchContext context)
    {
        await using var handler = await HandlerUnderTest.StartAsync(BenchSettings.MixedWorkers, context.CancellationToken);
        await new Load(handler).RunAsync(context.Settings.WarmUp);

        var load = new Load(handler);
        List<double> perSecond = [];
        for (var round = 0; round < context.Settings.ThroughputRounds; round++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            perSecond.Add((await load.RunAsync(context.Settings.ThroughputRound)).PerSecond);
        }

        context.Figures.Add("jobs_per_s_16_mixed", new Distribution(perSecond).Median);
        context.Figures.Add("mixed_fast_p99_us", load.FastMicroseconds.P99);
        context.Notes.Add(
            $"Mixed load: {BenchSettings.MixedWorkers} workers for {BenchSettings.MixedCallers} callers; "
                + $"fast jobs p50 {load.FastMicroseconds.Median:0.0} µs.");
    }

    private sealed class Load(IHandler handler)
    {
        // One list per caller, so that nothing is shared during the run.
        private readonly List<long>[] fastTicks = [.. Enumerable.Range(0, BenchSettings.MixedCallers).Select(_ => new List<long>())];

        public Distribution FastMicroseconds => Distribution.OfMicroseconds(fastTicks.SelectMany(ticks => ticks));

        public Task<Throughput> RunAsync(TimeSpan duration) => Throughput.MeasureAsync(BenchSettings.MixedCallers, duration, CallAsync);

        // Callers send their sleeping jobs at different turns, not all at the same time.
        private Task CallAsync(int caller, int number)
            => (number + (caller * SleeperEvery / BenchSettings.MixedCallers)) % SleeperEvery == SleeperEvery - 1
                ? SleepAsync()
                : TimedNoopAsync(fastTicks[caller]);

        private async Task TimedNoopAsync(List<long> ticks)
        {
            var start = Stopwatch.GetTimestamp();
            await BenchJobs.NoopAsync(handler);
            ticks.Add(Stopwatch.GetTimestamp() - start);
        }

        private async Task SleepAsync() => Expect.Value(await handler.RunAsync(SleepJob), 1);

        private static int SleepJob()
        {
            Thread.Sleep(20);
            return 1;
        }
    }
}
