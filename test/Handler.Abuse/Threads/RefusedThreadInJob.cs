using System.Globalization;

namespace Handler.Abuse;

/// <summary>
/// The system refuses new threads from a worker's first job on. The argument is the cgroup whose limit this scenario changes.
/// </summary>
public sealed class RefusedThreadInJob : IScenario
{
    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        var limit = arguments[0] + "/pids.max";
        await using var handler = await EmbeddedHandler.StartAsync(options =>
        {
            (options.MaxWorkers, options.SpareWorkers) = (1, 0);
            RuntimeThreads.Spare(options);
        });
        Console.WriteLine("started"); // the console asks for a thread when it is first used
        RuntimeThreads.Start();
        if (!SpinWait.SpinUntil(WorkerHasItsThreads, TimeSpan.FromSeconds(20)))
            throw new TimeoutException("No worker has started all its threads.");
        File.WriteAllText(limit, "1"); // fewer than exist
        var worker = await RunAsync(handler, static () => Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        Console.WriteLine(await RunAsync(handler, static () =>
            {
                new Thread(static () => { }).Start();
                return "";
            }));
        Console.WriteLine(
            await RunAsync(
                handler,
                static () =>
                {
                    new Thread(static () => { }, 1 << 20).Start();
                    return "";
                },
                new JobLimits { MaxHeapBytes = 4096 }));
        Console.WriteLine(await RunAsync(handler, Caught));
        Console.WriteLine(
            await RunAsync(handler, static () => Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) == worker
                ? "the same worker"
                : "another worker");
        File.WriteAllText(limit, "1000");
        Console.WriteLine((await handler.RunAsync(static () => new byte[1 << 30])).Kind);
    }

    private static bool WorkerHasItsThreads()
        => Directory.GetDirectories("/proc/self/task")
            .SelectMany(static thread => File.ReadAllText(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .SelectMany(static child => Directory.GetDirectories($"/proc/{child}/task"))
            .Any(static thread => File.ReadAllText(thread + "/comm") == "Handler final\n");

    private static string Caught()
    {
        try
        {
            new Thread(static () => { }).Start();
            return "";
        }
        catch (OutOfMemoryException)
        {
            return "caught";
        }
    }

    private static async Task<string> RunAsync(IHandler handler, Func<string> function, JobLimits? limits = null)
        => await handler.RunAsync(function, limits) is var outcome && outcome.TryGetValue(out var text) ? text : outcome.Message;
}
