using Handler.Bench.Measuring;
using Handler.Bench.PingPong;

namespace Handler.Bench.Groups;

/// <summary>How long one caller waits for one job, compared with the bare channel.</summary>
internal sealed class LatencyFigures : IFigureGroup
{
    public IReadOnlyList<string> Names { get; } =
    ["pingpong_p50_us", "noop_p50_us", "noop_p99_us", "noop_over_pingpong", "capturing_p50_us"];

    public async Task MeasureAsync(BenchContext context)
    {
        var wantsRatio = context.Wants("noop_over_pingpong");
        var wantsNoop = wantsRatio || context.Wants("noop_p50_us", "noop_p99_us");
        var wantsCapturing = context.Wants("capturing_p50_us");

        await using var bare = wantsRatio || context.Wants("pingpong_p50_us") ? new PingPongProcess() : null;
        await using var handler = wantsNoop || wantsCapturing
            ? await HandlerUnderTest.StartAsync(BenchSettings.BenchWorkers, context.CancellationToken)
            : null;

        var pingPong = bare is null ? null : LatencySubject.Blocking(bare.RoundTrip);
        var noop = wantsNoop ? LatencySubject.Async(_ => BenchJobs.NoopAsync(handler!)) : null;
        var capturing = wantsCapturing ? LatencySubject.Async(number => BenchJobs.CapturingAsync(handler!, number)) : null;

        var subjects = new (string Name, LatencySubject? Subject)[] { ("ping-pong", pingPong), ("no-op", noop), ("capturing", capturing) }
            .Where(subject => subject.Subject is not null)
            .Select(subject => (subject.Name, Subject: subject.Subject!))
            .ToArray();
        await LatencySubject.SampleInTurnsAsync(
            subjects.Select(subject => subject.Subject).ToArray(),
            context.Settings.LatencySamples,
            context.Settings.LatencyRounds,
            context.Settings.WarmUp,
            context.CancellationToken);

        foreach (var (name, subject) in subjects)
            context.Notes.Add(
                $"Medians of {name} by round: from {subject.RoundMedians.Lowest:0.0} to {subject.RoundMedians.Highest:0.0} µs.");
        Report(context.Figures, pingPong?.Microseconds, noop?.Microseconds, capturing?.Microseconds);
    }

    private static void Report(Figures figures, Distribution? pingPong, Distribution? noop, Distribution? capturing)
    {
        if (pingPong is not null)
            figures.Add("pingpong_p50_us", pingPong.Median);
        if (noop is not null)
        {
            figures.Add("noop_p50_us", noop.Median);
            figures.Add("noop_p99_us", noop.P99);
        }

        if (pingPong is not null && noop is not null)
            figures.Add("noop_over_pingpong", noop.Median / pingPong.Median);
        if (capturing is not null)
            figures.Add("capturing_p50_us", capturing.Median);
    }
}
