using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Handler.BadJobs;
using Handler.Cluster;
using Handler.TestSilo;

namespace Handler.Chaos;

/// <summary>The calls: jobs with every kind of outcome, in pools of every layer.</summary>
internal sealed partial class Callers(SiloCluster cluster)
{
    /// <summary>How soon after its silo's verdict the caller of a lost job learns of it.</summary>
    private static readonly TimeSpan LostLimit = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The pools: name, workers, parent. Together they have fewer workers than there are callers, so they are always full.
    /// </summary>
    public static readonly (string Name, int Workers, string? Parent)[] Tree =
    [
        ("root", 3, null),
        ("left", 2, "root"),
        ("right", 2, "root"),
        ("left-1", 1, "left"),
        ("left-2", 2, "left"),
        ("right-1", 2, "right"),
    ];

    private static readonly JobOptions Usual = new() { Timeout = TimeSpan.FromSeconds(5), MaxHeapBytes = 4 << 20 };

    /// <summary>Callers of lost jobs that were told too late.</summary>
    public ConcurrentQueue<string> LateLosses { get; } = [];

    private IHandler Handler => cluster.Client.Handler;

    /// <summary>Makes one call, chosen at random.</summary>
    public async Task<string> CallAsync(Random random)
    {
        var start = Stopwatch.GetTimestamp();
        var pool = Handler.GetPool(Tree[random.Next(Tree.Length)].Name);
        var options = Usual with
        {
            PoolTimeout = TimeSpan.FromSeconds(random.Next(1, 6)),
            Wait = random.Next(3) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(random.Next(1, 4)),
            Priority = random.Next(3),
        };
        return random.Next(12) switch
        {
            0 or 1 or 2 => Note(start, await pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), options)),
            3 or 4 => Note(start, await pool.RunAsync(TestJobs.Sleep(TimeSpan.FromMilliseconds(random.Next(500)), 1), options)),
            5 => Note(start, await pool.RunAsync(TestJobs.Throw("on purpose"), options)),
            6 => Note(
                start,
                await pool.RunAsync(CpuHogs.Sleep, options with { Timeout = TimeSpan.FromMilliseconds(random.Next(20, 300)) })),
            7 => Note(start, await pool.RunAsync(MemoryHogs.SmallArrays, options)),
            8 => Note(start, await pool.RunAsync(TestJobs.Exit(3), options)),
            9 => await CancelAsync(start, pool, options, random),
            10 => await KillAsync(start, pool, options, random),
            _ => Note(start, await Handler.RunAsync(TestJobs.Spin(TimeSpan.FromMilliseconds(random.Next(20)), 1), Usual)),
        };
    }

    private async Task<string> CancelAsync(long start, IPool pool, JobOptions options, Random random)
    {
        using var source = new CancellationTokenSource(random.Next(300));
        return Note(start, await pool.RunAsync(CpuHogs.Sleep, options, source.Token));
    }

    private async Task<string> KillAsync(long begin, IPool pool, JobOptions options, Random random)
    {
        var name = $"doomed-{random.Next():x}";
        JobStart start;
        try
        {
            start = await pool.TryStartAsync(CpuHogs.Sleep, options with { Name = name });
        }
        catch (JobLostException lost)
        {
            return Note(begin, new JobOutcome(lost.Failure)); // there is no job that could have this outcome
        }

        if (!start.IsAdmitted)
            return Outcomes.Of(new JobOutcome(start.Reject));
        await pool.KillAsync(name);
        return Note(begin, await start.Job.Outcome);
    }

    private string Note(long start, JobOutcome outcome)
    {
        if (outcome.Failure is JobLost
            && Node().Match(outcome.Message) is { Success: true, Value: var node }
            && cluster.VerdictOn(node) is { } verdict
            && Stopwatch.GetElapsedTime(Math.Max(start, verdict)) is var took
            && took > LostLimit)
            LateLosses.Enqueue($"the caller of a job on {node} was told {took.TotalSeconds:0.0} s after the verdict: {outcome.Message}");
        return Outcomes.Of(outcome);
    }

    [GeneratedRegex(@"[0-9.]+:[0-9]+@[0-9]+")]
    private static partial Regex Node();
}
