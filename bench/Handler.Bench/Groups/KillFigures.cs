using System.Diagnostics;
using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>
/// The time from the cancellation of a job in a busy loop until its slot has run another job, and until its caller has the outcome. One
/// slot, one warm spare worker.
/// </summary>
internal sealed class KillFigures : IFigureGroup
{
    /// <summary>
    /// How long to wait for the job to start, which cannot be observed from outside. Many times longer than starting takes.
    /// </summary>
    private static readonly TimeSpan TimeToStart = TimeSpan.FromMilliseconds(30);

    public IReadOnlyList<string> Names { get; } = ["kill_to_free_p99_ms", "cancel_seen_p50_ms", "cancel_seen_p99_ms"];

    public async Task MeasureAsync(BenchContext context)
    {
        await using var handler = await EmbeddedHandler.StartAsync(
            options =>
            {
                options.MinWorkers = 1;
                options.MaxWorkers = 1;
                options.SpareWorkers = 1;
            },
            cancellationToken: context.CancellationToken);
        await BenchJobs.NoopAsync(handler);

        var times = new List<TimeSpan>();
        var seen = new List<TimeSpan>();
        for (var i = 0; i < context.Settings.KillSamples; i++)
        {
            await Task.Delay(context.Settings.Settle, context.CancellationToken);
            times.Add(await KillOneAsync(handler));
            await Task.Delay(context.Settings.Settle, context.CancellationToken);
            seen.Add(await CancelOneAsync(handler));
        }

        var distribution = Distribution.OfMilliseconds(times);
        context.Figures.Add("kill_to_free_p99_ms", distribution.P99);
        var outcomes = Distribution.OfMilliseconds(seen);
        context.Figures.Add("cancel_seen_p50_ms", outcomes.Median);
        context.Figures.Add("cancel_seen_p99_ms", outcomes.P99);
        context.Notes.Add($"Kill to free: p50 {distribution.Median:0.00} ms.");
    }

    private static async Task<TimeSpan> KillOneAsync(IHandler handler)
    {
        using var cancellation = new CancellationTokenSource();
        var spinning = handler.RunAsync(BenchJobs.SpinForever, cancellationToken: cancellation.Token);
        await Task.Delay(TimeToStart, CancellationToken.None);

        var start = Stopwatch.GetTimestamp();
        cancellation.Cancel();
        await BenchJobs.NoopAsync(handler);
        var free = Stopwatch.GetElapsedTime(start);

        Expect.Failure<JobKilled>(await spinning);
        return free;
    }

    private static async Task<TimeSpan> CancelOneAsync(IHandler handler)
    {
        using var cancellation = new CancellationTokenSource();
        var spinning = handler.RunAsync(BenchJobs.SpinForever, cancellationToken: cancellation.Token);
        await Task.Delay(TimeToStart, CancellationToken.None);

        var start = Stopwatch.GetTimestamp();
        cancellation.Cancel();
        Expect.Failure<JobKilled>(await spinning);
        return Stopwatch.GetElapsedTime(start);
    }
}
