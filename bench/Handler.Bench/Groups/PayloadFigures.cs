using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>The round trip of a large array.</summary>
internal sealed class PayloadFigures : IFigureGroup
{
    private const int PayloadRounds = 3;

    public IReadOnlyList<string> Names { get; } = ["payload_1mb_p50_us"];

    public async Task MeasureAsync(BenchContext context)
    {
        var payload = new byte[1 << 20];
        new Random(1).NextBytes(payload);

        await using var handler = await HandlerUnderTest.StartAsync(BenchSettings.BenchWorkers, context.CancellationToken);
        if (!(await EchoAsync(handler, payload)).GetValueOrThrow().AsSpan().SequenceEqual(payload))
            throw new InvalidOperationException("The payload came back changed.");

        // Only the length is checked while the clock runs, because the comparison of a megabyte would be measured too.
        var subject = LatencySubject.Async(async _ =>
        {
            var echo = (await EchoAsync(handler, payload)).GetValueOrThrow();
            if (echo.Length != payload.Length)
                throw new InvalidOperationException($"The payload came back with {echo.Length} bytes.");
        });
        await LatencySubject.SampleInTurnsAsync(
            [subject],
            context.Settings.PayloadSamples,
            PayloadRounds,
            context.Settings.WarmUp,
            context.CancellationToken);
        context.Figures.Add("payload_1mb_p50_us", subject.Microseconds.Median);
    }

    private static Task<JobOutcome<byte[]>> EchoAsync(IHandler handler, byte[] payload) => handler.RunAsync(() => payload);
}
