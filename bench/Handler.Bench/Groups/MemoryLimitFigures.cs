using System.Diagnostics;
using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>How soon a job that hoards small arrays is stopped, and how far past its limit.</summary>
internal sealed class MemoryLimitFigures : IFigureGroup
{
    private static readonly JobLimits Limits = new() { MaxHeapBytes = 10L << 20 };

    public IReadOnlyList<string> Names { get; } = ["oom_detect_p50_ms", "oom_overshoot_bytes_at_10mb"];

    public async Task MeasureAsync(BenchContext context)
    {
        await using var handler = await HandlerUnderTest.StartAsync(1, context.CancellationToken);
        await BenchJobs.NoopAsync(handler);

        var detection = new List<TimeSpan>();
        var overshoot = new List<double>();
        for (var i = 0; i < context.Settings.MemorySamples; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var memory = Expect.Failure<JobOutOfMemory>(await handler.RunAsync(BenchJobs.HoardForever, Limits, context.CancellationToken));
            detection.Add(Stopwatch.GetElapsedTime(start));
            overshoot.Add(memory.PeakBytes - memory.LimitBytes);
            await Task.Delay(context.Settings.Settle, context.CancellationToken);
        }

        context.Figures.Add("oom_detect_p50_ms", Distribution.OfMilliseconds(detection).Median);
        context.Figures.Add("oom_overshoot_bytes_at_10mb", new Distribution(overshoot).Median);
    }
}
