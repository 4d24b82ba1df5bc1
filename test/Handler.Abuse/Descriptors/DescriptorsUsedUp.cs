using System.Diagnostics;
using Handler.BadJobs;

namespace Handler.Abuse;

/// <summary>
/// A host opens files until no descriptors are left, then runs jobs that end their workers, then closes the files and runs a usual job.
/// It prints the outcomes, and whether a process that a job started in a separate process group outlives its worker.
/// </summary>
public sealed class DescriptorsUsedUp : IScenario
{
    private static readonly JobLimits SmallHeap = new() { MaxHeapBytes = 32 << 20, Timeout = TimeSpan.FromSeconds(30) };

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        await using var handler = await EmbeddedHandler.StartAsync(options => (options.MinWorkers, options.MaxWorkers) = (3, 3));
        var folder = arguments[0];

        // The first time with free descriptors, so that the host itself has loaded all it needs for this.
        await Show(handler, Path.Combine(folder, "first"));
        await UntilAllAreThere(handler, 3);
        using (new Grabber())
            await Show(handler, Path.Combine(folder, "second"));
        Console.WriteLine((await handler.RunAsync(static () => 7)).Message);
    }

    private static async Task Show(IHandler handler, string file)
    {
        var exit = handler.RunAsync(() => StartAndExit(file));
        var memory = handler.RunAsync(static () => MemoryHogs.LargeArrays(), SmallHeap);
        var timeout = handler.RunAsync(
            static () => Thread.Sleep(Timeout.Infinite),
            new JobLimits { Timeout = TimeSpan.FromMilliseconds(400) });
        foreach (var job in new[] { await exit, await memory, await timeout })
            Console.WriteLine(job.Message);
    }

    /// <summary>Starts a process that leads its own process group, then exits with 3.</summary>
    public static void StartAndExit(string file)
    {
        using var child = Process.Start("timeout", ["300", "sleep", "300"]);
        while (JobCalls.GroupOf(child.Id) != child.Id)
            Thread.Yield();
        File.WriteAllText(file, child.Id.ToString());
        Environment.Exit(3);
    }

    /// <summary>Takes every descriptor that is or becomes free, until it is disposed.</summary>
    private sealed class Grabber : IDisposable
    {
        private readonly List<int> held = [];
        private readonly Thread thread;
        private readonly ManualResetEventSlim full = new();
        private volatile bool ends;

        public Grabber()
        {
            thread = new Thread(GrabOn) { IsBackground = true };
            thread.Start();
            full.Wait();
        }

        public void Dispose()
        {
            ends = true;
            thread.Join();
            full.Dispose();
            held.ForEach(fd => _ = JobCalls.Close(fd));
        }

        private void GrabOn()
        {
            for (; !ends; Thread.Sleep(1))
            {
                Grab();
                full.Set();
            }
        }

        private void Grab()
        {
            for (int fd; (fd = JobCalls.Open("/dev/null", 0)) >= 0;)
                held.Add(fd);
        }
    }

    private static async Task UntilAllAreThere(IHandler handler, int workers)
    {
        int found;
        do
        {
            var jobs = await Task.WhenAll(
                Enumerable
                    .Range(0, workers)
                    .Select(_ =>
                        handler.RunAsync(static () =>
                        {
                            Thread.Sleep(50);
                            return Environment.ProcessId;
                        })));
            found = jobs.Select(job => job.GetValueOrThrow()).Distinct().Count();
        }
        while (found < workers);
    }
}
