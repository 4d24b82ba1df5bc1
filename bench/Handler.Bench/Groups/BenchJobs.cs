using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>Jobs that several figures run, each with a check of its outcome.</summary>
internal static class BenchJobs
{
    /// <summary>Does nothing, so that only the handler's own time is measured.</summary>
    public static async Task NoopAsync(IJobRunner runner) => Expect.Value(await runner.RunAsync(static () => 0), 0);

    /// <summary>Captures a value, different each time.</summary>
    public static async Task CapturingAsync(IHandler handler, int number) => Expect.Value(await TimesTen(handler, number), number * 10);

    /// <summary>Never ends by itself, and calls nothing through which it could be stopped.</summary>
    public static int SpinForever()
    {
        while (true)
        {
        }
    }

    /// <summary>Does so on as many threads as there are processors.</summary>
    public static int SpinOnAllProcessors()
    {
        for (var i = 1; i < Environment.ProcessorCount; i++)
            new Thread(static () => SpinForever()) { IsBackground = true }.Start();
        return SpinForever();
    }

    /// <summary>Keeps more and more small arrays.</summary>
    public static int HoardForever()
    {
        var hoard = new List<byte[]>();
        while (true)
            hoard.Add(new byte[10_000]);
    }

    private static Task<JobOutcome<int>> TimesTen(IHandler handler, int number) => handler.RunAsync(() => number * 10);
}
