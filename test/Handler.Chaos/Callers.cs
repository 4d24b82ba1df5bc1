using Handler.BadJobs;
using Handler.Cluster;
using Handler.TestSilo;

namespace Handler.Chaos;

/// <summary>What the callers ask for: jobs that end in every way, in pools of every layer.</summary>
internal sealed class Callers(SiloCluster cluster)
{
    /// <summary>The pools: name, workers, parent. Small, so that they are full all the time.</summary>
    public static readonly (string Name, int Workers, string? Parent)[] Tree =
        [("root", 10, null), ("left", 6, "root"), ("right", 6, "root"), ("left-1", 4, "left"), ("left-2", 4, "left"), ("right-1", 5, "right")];

    private static readonly JobOptions Usual = new() { Timeout = TimeSpan.FromSeconds(5), MaxHeapBytes = 4 << 20 };

    private IHandler Handler => cluster.Client.Handler;

    /// <summary>Makes one call, chosen by chance.</summary>
    public async Task<string> CallAsync(Random random)
    {
        var pool = Handler.Pool(Tree[random.Next(Tree.Length)].Name);
        var options = Usual with { PoolTimeout = TimeSpan.FromSeconds(random.Next(1, 6)), Wait = random.Next(3) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(random.Next(1, 4)), Priority = random.Next(3) };
        return random.Next(12) switch
        {
            0 or 1 or 2 => Answers.Of(await pool.RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1), options)),
            3 or 4 => Answers.Of(await pool.RunAsync(TestJobs.Sleep(TimeSpan.FromMilliseconds(random.Next(500)), 1), options)),
            5 => Answers.Of(await pool.RunAsync(TestJobs.Throw("on purpose"), options)),
            6 => Answers.Of(await pool.RunAsync(CpuHogs.Sleep, options with { Timeout = TimeSpan.FromMilliseconds(random.Next(20, 300)) })),
            7 => Answers.Of(await pool.RunAsync(MemoryHogs.SmallArrays, options)),
            8 => Answers.Of(await pool.RunAsync(TestJobs.Exit(3), options)),
            9 => await CancelAsync(pool, options, random),
            10 => await KillAsync(pool, options, random),
            _ => Answers.Of(await Handler.RunAsync(TestJobs.Spin(TimeSpan.FromMilliseconds(random.Next(20)), 1), Usual)),
        };
    }

    private static async Task<string> CancelAsync(IPool pool, JobOptions options, Random random)
    {
        using var source = new CancellationTokenSource(random.Next(300));
        return Answers.Of(await pool.RunAsync(CpuHogs.Sleep, options, source.Token));
    }

    private static async Task<string> KillAsync(IPool pool, JobOptions options, Random random)
    {
        var name = $"doomed-{random.Next():x}";
        var start = await pool.TryStartAsync(CpuHogs.Sleep, options with { Name = name });
        if (!start.IsAdmitted)
            return Answers.Of(start.Reject);
        await pool.KillAsync(name);
        return Answers.Of(await start.Job.Outcome);
    }
}
