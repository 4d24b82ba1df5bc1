using System.Globalization;
using Handler.BadJobs;

namespace Handler.TestHost;

/// <summary>
/// With the single argument <see cref="Starve"/> it runs <see cref="StarvedPool"/>, and with <see cref="Write"/>, a mark and a folder
/// <see cref="WritingWorkers"/>. Otherwise it runs one job of every kind that is hard to
/// end and one job that waits in the queue, and keeps an idle worker. The first argument marks the workers. The second one is the folder in
/// which each job writes its process id to a separate file. The optional third one is the number of milliseconds for which the host may be
/// unresponsive, as on a cluster.
/// </summary>
public static class Program
{
    /// <summary>The environment variable that marks the workers.</summary>
    public const string Variable = "HANDLER_TEST_NODE";

    /// <summary>The argument for <see cref="StarvedPool"/>.</summary>
    public const string Starve = "starve";

    /// <summary>The first argument for <see cref="WritingWorkers"/>.</summary>
    public const string Write = "write";

    /// <summary>The kinds of jobs that start. Each creates a file of this name once it runs.</summary>
    public static readonly string[] Kinds = ["spin", "native-sleep", "gc-storm", "allocation-storm", "blocked-collection", "child"];

    /// <summary>Runs until it is killed.</summary>
    public static void Main(string[] arguments)
    {
        if (arguments is [Starve])
            StarvedPool.Run();
        else if (arguments is [Write, var marker, var place])
            WritingWorkers.RunAsync(marker, place).GetAwaiter().GetResult();
        else
            HostAsync(arguments).GetAwaiter().GetResult();
    }

    private static async Task HostAsync(string[] arguments)
    {
        var (marker, folder) = (arguments[0], arguments[1]);
        await using var handler = await EmbeddedHandler.StartAsync(options =>
        {
            options.MaxWorkers = Kinds.Length;
            options.SpareWorkers = 1;
            options.WorkerEnvironment[Variable] = marker;
            options.MaxSilence = arguments is [_, _, var silence]
                ? TimeSpan.FromMilliseconds(int.Parse(silence, CultureInfo.InvariantCulture))
                : TimeSpan.Zero;
        });
        var jobs = Kinds.Select(kind => handler.RunAsync(() => Job(folder, kind))).ToList();
        jobs.Add(handler.RunAsync(() => Job(folder, "queued")));
        Console.WriteLine("running");
        foreach (var ended in await Task.WhenAll(jobs))
            Console.WriteLine(ended.Message);
    }

    private static void Job(string folder, string kind)
    {
        var child = kind == "child" ? Children.LeaveChildWithStdout() : 0;
        var temporary = Path.Combine(folder, "." + kind);
        File.WriteAllText(temporary, $"{Environment.ProcessId} {child}");
        File.Move(temporary, Path.Combine(folder, kind));
        switch (kind)
        {
            case "spin":
                CpuHogs.TightLoop();
                break;
            case "gc-storm":
                CpuHogs.GcStorm();
                break;
            case "allocation-storm":
                CpuHogs.AllocationStorm();
                break;
            case "blocked-collection":
                CpuHogs.NativeSleepThatBlocksCollection();
                break;
            default:
                CpuHogs.NativeSleep();
                break;
        }
    }
}
