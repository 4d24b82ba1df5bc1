using Handler.Bench.Measuring;
using Handler.Cli;

namespace Handler.Bench.Groups;

/// <summary>The cost of one worker: the time until it is ready, and its private memory.</summary>
internal sealed class WorkerFigures : IFigureGroup
{
    private const int WarmUpJobs = 1_000;

    public IReadOnlyList<string> Names { get; } = ["worker_ready_ms", "worker_private_mb"];

    public async Task MeasureAsync(BenchContext context)
    {
        if (context.Wants("worker_ready_ms"))
            await MeasureReadyAsync(context);
        if (context.Wants("worker_private_mb"))
            await MeasurePrivateMemoryAsync(context);
    }

    private static async Task MeasureReadyAsync(BenchContext context)
    {
        // The first start reads the files from disk; it is not counted.
        var times = new List<double>();
        for (var i = 0; i <= context.Settings.WorkerSamples; i++)
            times.Add(await TimeToReadyAsync(context.CancellationToken));
        context.Figures.Add("worker_ready_ms", new Distribution(times[1..]).Median);
    }

    private static async Task<double> TimeToReadyAsync(CancellationToken cancellationToken)
    {
        var log = new ReadyTimeLogger();
        var handler = await EmbeddedHandler.StartAsync(
            options =>
            {
                options.MinWorkers = 1;
                options.SpareWorkers = 0;
            },
            log,
            cancellationToken);
        await handler.DisposeAsync(); // the lines of the log are written by then
        return log.Milliseconds.TryDequeue(out var milliseconds)
            ? milliseconds
            : throw new InvalidOperationException("The handler has started and logged no worker that is ready.");
    }

    private static async Task MeasurePrivateMemoryAsync(BenchContext context)
    {
        var privateMegabytes = new List<double>();
        for (var i = 0; i < context.Settings.WorkerSamples; i++)
            privateMegabytes.Add(await PrivateMegabytesAsync(context));
        context.Figures.Add("worker_private_mb", new Distribution(privateMegabytes).Median);
    }

    // Each sample is of a fresh worker: samples of the same worker would only repeat themselves.
    private static async Task<double> PrivateMegabytesAsync(BenchContext context)
    {
        await using var handler = await HandlerUnderTest.StartAsync(1, context.CancellationToken);
        for (var i = 0; i < WarmUpJobs; i++)
            await BenchJobs.NoopAsync(handler);
        await Task.Delay(context.Settings.Settle, context.CancellationToken);

        var outcome = await handler.RunAsync(static () => 0);
        outcome.ThrowIfFailed();
        await Task.Delay(context.Settings.Settle, context.CancellationToken);
        return ProcessMemory.PrivateBytes(outcome.Usage!.WorkerPid) / (double)(1 << 20);
    }
}
