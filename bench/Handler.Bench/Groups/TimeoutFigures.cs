using System.Diagnostics;
using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>How long after its deadline a job in a busy loop is killed; one job at a time on an otherwise idle machine.</summary>
internal sealed class TimeoutFigures : IFigureGroup
{
    private static readonly JobLimits Limits = new() { Timeout = TimeSpan.FromMilliseconds(100) };

    public IReadOnlyList<string> Names { get; } = ["timeout_late_p50_ms", "timeout_late_p99_ms"];

    public async Task MeasureAsync(BenchContext context)
    {
        await using var handler = await HandlerUnderTest.StartAsync(1, context.CancellationToken);
        await BenchJobs.NoopAsync(handler);

        var killLate = new List<TimeSpan>();
        var callerLate = new List<TimeSpan>();
        for (var i = 0; i < context.Settings.TimeoutSamples; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var timedOut = Expect.Failure<JobTimedOut>(await handler.RunAsync(BenchJobs.SpinForever, Limits, context.CancellationToken));
            callerLate.Add(Stopwatch.GetElapsedTime(start) - Limits.Timeout);
            killLate.Add(timedOut.Elapsed - timedOut.Limit);
            await Task.Delay(context.Settings.Settle, context.CancellationToken);
        }

        var late = Distribution.OfMilliseconds(killLate);
        context.Figures.Add("timeout_late_p50_ms", late.Median);
        context.Figures.Add("timeout_late_p99_ms", late.P99);

        // The time that the caller measures also contains the way to the worker, the exit of the process and the way back.
        var seen = Distribution.OfMilliseconds(callerLate);
        context.Notes.Add(
            $"Timeout of {Limits.Timeout.TotalMilliseconds} ms: "
                + $"the caller has the outcome {seen.Median:0.00} ms (p50), {seen.P99:0.00} ms (p99) after call and limit.");
    }
}
