using Handler.Bench.Measuring;

namespace Handler.Bench.Groups;

/// <summary>The jobs that more than one figure runs, each with the check that it did what it should.</summary>
internal static class BenchJobs
{
    /// <summary>Nothing at all: what is left is the handler's own time.</summary>
    public static async Task NoopAsync(IJobRunner runner) => Expect.Value(await runner.RunAsync(static () => 0), 0);

    /// <summary>Something that has to travel, different each time.</summary>
    public static async Task CapturingAsync(IHandler handler, int number) => Expect.Value(await TimesTen(handler, number), number * 10);

    /// <summary>Never ends by itself, and never calls anything that could end it.</summary>
    public static int SpinForever()
    {
        while (true)
        {
        }
    }

    /// <summary>Holds on to more and more small arrays.</summary>
    public static int HoardForever()
    {
        var hoard = new List<byte[]>();
        while (true)
            hoard.Add(new byte[10_000]);
    }

    private static Task<Outcome<int>> TimesTen(IHandler handler, int number) => handler.RunAsync(() => number * 10);
}
