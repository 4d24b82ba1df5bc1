using System.Diagnostics;
using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>
/// How long after its deadline a job in a busy loop is killed, and how much CPU time it uses beyond its limit, on one processor and on all;
/// one job at a time on an otherwise idle machine.
/// </summary>
internal sealed class TimeoutFigures : IFigureGroup
{
    private const string Late = "timeout_late", Seen = "timeout_seen_late";

    private const string CpuOver = "cpu_limit_over_ms", CpuOverOnAll = "cpu_limit_all_over_ms";

    private static readonly JobLimits Limits = new() { Timeout = TimeSpan.FromMilliseconds(100) };

    private static readonly JobLimits CpuLimits = new() { CpuTime = TimeSpan.FromMilliseconds(200) };

    public IReadOnlyList<string> Names { get; } =
    [
        $"{Late}_p50_ms", $"{Late}_p99_ms",
        $"{Seen}_p50_ms", $"{Seen}_p99_ms",
        $"{CpuOver}_p50", $"{CpuOver}_p99",
        $"{CpuOverOnAll}_p50", $"{CpuOverOnAll}_p99",
    ];

    public async Task MeasureAsync(BenchContext context)
    {
        await using var handler = await HandlerUnderTest.StartAsync(1, context.CancellationToken);
        await BenchJobs.NoopAsync(handler);
        if (WantsAny(context, Late) || WantsAny(context, Seen))
            await MeasureTimeoutAsync(handler, context);
        if (WantsAny(context, CpuOver))
            await MeasureCpuAsync(handler, context, CpuOver, BenchJobs.SpinForever);
        if (WantsAny(context, CpuOverOnAll))
            await MeasureCpuAsync(handler, context, CpuOverOnAll, BenchJobs.SpinOnAllProcessors);
    }

    private static async Task MeasureTimeoutAsync(IHandler handler, BenchContext context)
    {
        var callerLate = new List<TimeSpan>();
        var late = await OverLimitAsync(handler, context, Limits, BenchJobs.SpinForever, callerLate);
        context.Figures.Add($"{Late}_p50_ms", late.Median);
        context.Figures.Add($"{Late}_p99_ms", late.P99);

        // The time that the caller measures also contains the way to the worker, the exit of the process and the way back.
        var seen = Distribution.OfMilliseconds(callerLate);
        context.Figures.Add($"{Seen}_p50_ms", seen.Median);
        context.Figures.Add($"{Seen}_p99_ms", seen.P99);
    }

    private static async Task MeasureCpuAsync(IHandler handler, BenchContext context, string figure, Func<int> job)
    {
        var over = await OverLimitAsync(handler, context, CpuLimits, job, callerLate: []);
        context.Figures.Add($"{figure}_p50", over.Median);
        context.Figures.Add($"{figure}_p99", over.P99);
    }

    /// <summary>How far beyond its limit a job was when it was killed, in ms.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="context">How many jobs.</param>
    /// <param name="limits">The limit.</param>
    /// <param name="job">Never ends by itself.</param>
    /// <param name="callerLate">Gets how long after the call and <see cref="JobLimits.Timeout"/> the caller has each outcome.</param>
    private static async Task<Distribution> OverLimitAsync(
        IHandler handler, BenchContext context, JobLimits limits, Func<int> job, List<TimeSpan> callerLate)
    {
        var over = new List<TimeSpan>();
        for (var i = 0; i < context.Settings.TimeoutSamples; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var timedOut = Expect.Failure<JobTimedOut>(await handler.RunAsync(job, limits, context.CancellationToken));
            callerLate.Add(Stopwatch.GetElapsedTime(start) - limits.Timeout);
            over.Add(timedOut.Elapsed - timedOut.Limit);
            await Task.Delay(context.Settings.Settle, context.CancellationToken);
        }

        return Distribution.OfMilliseconds(over);
    }

    private bool WantsAny(BenchContext context, string figure)
        => context.Wants(Names.Where(name => name.StartsWith($"{figure}_p", StringComparison.Ordinal)));
}
