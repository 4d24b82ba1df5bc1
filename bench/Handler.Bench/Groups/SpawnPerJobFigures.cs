using System.Diagnostics;
using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>The obvious alternative to a warm worker: a fresh process for every job.</summary>
internal sealed class SpawnPerJobFigures : IFigureGroup
{
    public IReadOnlyList<string> Names { get; } = ["spawn_per_job_p50_us"];

    public async Task MeasureAsync(BenchContext context)
    {
        // The first process brings the files into the page cache.
        await RunOneAsync(0, context.CancellationToken);

        var ticks = new long[context.Settings.SpawnSamples];
        for (var i = 0; i < ticks.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await RunOneAsync(i, context.CancellationToken);
            ticks[i] = Stopwatch.GetTimestamp() - start;
        }

        context.Figures.Add("spawn_per_job_p50_us", Distribution.OfMicroseconds(ticks).Median);
    }

    private static async Task RunOneAsync(int number, CancellationToken cancellationToken)
    {
        var start = ChildProcess.StartInfo(ChildProcess.OneJobMode);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync($"{number}");
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);

        if (process.ExitCode != 0 || output.Trim() != $"{number * 10}")
            throw new InvalidOperationException($"The process for one job exited with {process.ExitCode} and wrote '{output}'.");
    }
}
