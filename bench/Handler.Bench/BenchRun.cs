using Handler.Bench.Groups;
using Handler.Bench.Output;

namespace Handler.Bench;

/// <summary>One run: measures every group that has a wanted figure, one group after the other.</summary>
internal static class BenchRun
{
    private static readonly IFigureGroup[] Groups =
    [
        new LatencyFigures(),
        new ThroughputFigures(),
        new MixedLoadFigures(),
        new TenantFigures(),
        new SpawnPerJobFigures(),
        new TimeoutFigures(),
        new KillFigures(),
        new MemoryLimitFigures(),
        new WorkerFigures(),
        new PayloadFigures(),
        new PoolFigures(),
        new LedgerFigures(),
        new Cluster.ClusterFigures(),
    ];

    /// <summary>
    /// Measures and reports. The exit code is 1 if a group could not be measured. A missed target is a result, not a failure.
    /// </summary>
    public static async Task<int> RunAsync(
        BenchSettings settings,
        IReadOnlyCollection<string> wanted,
        FileInfo? json,
        CancellationToken cancellationToken)
    {
        var context = new BenchContext(settings, wanted, cancellationToken);
        ConsoleReport.WriteHeader(settings, Machine.Read());

        var failures = 0;
        foreach (var group in Groups.Where(group => context.Wants(group.Names)))
        {
            ConsoleReport.WriteProgress(group.Names.Where(name => context.Wants(name)));
            failures += await MeasureAsync(group, context) ? 0 : 1;
        }

        ConsoleReport.WriteFigures(context);
        if (json is not null)
            JsonReport.Write(context.Figures, json);
        return failures == 0 ? 0 : 1;
    }

    // If a group fails, only its own figures are lost, not minutes of other measurements.
    private static async Task<bool> MeasureAsync(IFigureGroup group, BenchContext context)
    {
        try
        {
            await group.MeasureAsync(context);
            return true;
        }
        catch (Exception exception) when (!context.CancellationToken.IsCancellationRequested)
        {
            ConsoleReport.WriteFailure(exception);
            return false;
        }
    }
}
