using System.Diagnostics;

namespace Handler.Abuse;

/// <summary>
/// One job starts processes until the system refuses, and keeps trying. Meanwhile other jobs end their workers, so the host needs new
/// threads and processes. The host's cgroup limits their number. With the argument <c>fork</c> the processes multiply by themselves.
/// </summary>
public sealed class ProcessHog : IScenario
{
    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        var shell = arguments is ["fork"] ? "sleep 100 & sleep 100 & sleep 100 & sleep 100" : "sleep 100";
        await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 4);
        Console.WriteLine((await handler.RunAsync(static () => 1)).GetValueOrThrow());
        var hog = handler.RunAsync(
            () =>
            {
                while (true)
                {
                    try
                    {
                        Process.Start("sh", ["-c", shell]).Dispose();
                    }
                    catch (Exception)
                    {
                        Thread.Sleep(1);
                    }
                }
            },
            new JobLimits { Timeout = TimeSpan.FromSeconds(2), MaxHeapBytes = 100 << 20 });
        var exits = Enumerable
            .Range(0, 8)
            .Select(_ =>
                handler.RunAsync(
                    static () =>
                    {
                        Thread.Sleep(300);
                        Environment.Exit(3);
                    },
                    new JobLimits { Timeout = TimeSpan.FromSeconds(20) }))
            .ToList();
        Console.WriteLine((await hog).Kind);
        Console.WriteLine(string.Join(' ', (await Task.WhenAll(exits)).Select(exit => exit.Message).Distinct()));
        Console.WriteLine((await handler.RunAsync(static () => 2)).GetValueOrThrow());
    }
}
