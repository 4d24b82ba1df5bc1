using System.Diagnostics;
using Handler.Cluster;

namespace Handler.Chaos;

/// <summary>
/// One run: a cluster under load, one fault after another, and an auditor all the time. At the end everything must come to rest.
/// </summary>
internal static class ChaosRun
{
    /// <summary>
    /// As many callers as the machine can serve. Where it is overloaded for long, probes take longer until a verdict takes most of a
    /// minute, and few faults occur.
    /// </summary>
    private static readonly int ConcurrentCallers = 2 * Environment.ProcessorCount;

    /// <summary>
    /// Longer than any call may take: the wait for room, the pool timeout, the run time, a dead silo's verdict, and its release.
    /// </summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long the cluster may take to come to rest after the last fault. A share that is released within two reconciliations is not a
    /// leak.
    /// </summary>
    private static readonly TimeSpan RestLimit = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Runs, and logs the report before the cluster is taken down: taking it down fails if a caller never gets an outcome.
    /// </summary>
    public static async Task<ChaosReport> RunAsync(TimeSpan duration, int seed, Action<string> log)
    {
        await using var cluster = await SiloCluster.StartAsync(3);
        foreach (var (name, workers, parent) in Callers.Tree)
            await cluster.Client.Handler.TryAddPoolAsync(name, pool =>
                (pool.MaxWorkers, pool.MaxMemoryBytes, pool.MaxWaiting, pool.Parent) = (workers, 1L << 30, 100, parent));
        await using var auditor = await Auditor.StartAsync(cluster, [.. Callers.Tree.Select(pool => pool.Name)]);
        var callers = new Callers(cluster);
        var start = Stopwatch.GetTimestamp();
        await using var load = new Load(ConcurrentCallers, seed, HangLimit, callers.CallAsync);
        var random = new Random(seed);
        var faults = new Faults(cluster, random, what =>
            log($"{Stopwatch.GetElapsedTime(start).TotalSeconds,6:0.0} s  {what}; so far {load.Calls} calls"));
        var hangs = new List<string>();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            await faults.DoOneAsync();
            await Task.Delay(random.Next(500, 3_000));
        }

        var hanging = await load.StopAsync();
        hangs.AddRange(Enumerable.Repeat($"a call had no outcome within {HangLimit.TotalSeconds} s", hanging));
        hangs.AddRange(load.Failures.Select(failure => $"a call threw instead of returning an outcome: {failure}"));
        var leaks = new List<string>();
        try
        {
            log($"at rest after {(await auditor.WaitUntilQuietAsync(RestLimit)).TotalSeconds:0.0} s");
            await Until.True(() => auditor.Orphans().Count == 0, "no orphans", AuditBook.ReturnLimit);
        }
        catch (TimeoutException exception)
        {
            leaks.Add(exception.Message);
        }

        var report = new ChaosReport
        {
            Seed = seed,
            Duration = Stopwatch.GetElapsedTime(start),
            Faults = faults.Counts,
            Outcomes = load.Outcomes,
            LongestCall = load.Longest,
            Readings = (auditor.Book.Readings, auditor.Book.Peak),
            OverAdmissions = auditor.Book.OverAdmissions,
            Leaks = [.. auditor.Book.Leaks, .. leaks],
            Orphans = [.. auditor.LateOrphans.Union(auditor.Orphans()), .. auditor.Book.Orphans],
            Hangs = hangs,
            LateLosses = [.. callers.LateLosses],
        };
        log(report.ToString());
        return report;
    }
}
