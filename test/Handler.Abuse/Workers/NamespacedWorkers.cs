using Handler.BadJobs;

namespace Handler.Abuse;

/// <summary>A host that gives its workers namespaces, and tells what their jobs find there.</summary>
public sealed class NamespacedWorkers : IScenario
{
    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        try
        {
            await using var handler = await EmbeddedHandler.StartAsync(options =>
            {
                (options.MaxWorkers, options.SpareWorkers) = (1, 0);
                options.Hardening.PidNamespace = arguments.Contains("pid");
                options.Hardening.NetworkNamespace = arguments.Contains("net");
                options.Hardening.MaxTasks = arguments.Contains("tasks") ? 60 : null;
                if (arguments.Contains("strict"))
                    options.Hardening.UseStrict();
            });
            foreach (var line in await ShowAsync(handler, arguments))
                Console.WriteLine(line);
        }
        catch (PlatformNotSupportedException exception)
        {
            Console.WriteLine(exception.Message);
        }
    }

    private static async Task<string[]> ShowAsync(IHandler handler, string[] arguments)
    {
        var processes = (await handler.RunAsync(static () => System.Diagnostics.Process.GetProcesses().Length)).GetValueOrThrow();
        var network = await handler.RunAsync(Intruders.Network);
        var killed = await handler.RunAsync(static () => NativeExits.Kill());
        var capabilities = (await handler.RunAsync(static () => File.ReadAllLines("/proc/self/status")
            .Count(static line => line.StartsWith("Cap", StringComparison.Ordinal) && line.TrimEnd('0').EndsWith('\t')))).GetValueOrThrow();
        var threads = arguments.Contains("tasks")
            ? (await handler.RunAsync(static () => Intruders.StartThreads(200))).GetValueOrThrow()
            : 0;
        return
        [
            $"processes: {processes}",
            $"network: {(network.TryGetValue(out var found) ? found : network.Failure!.GetType().Name)}",
            $"killed: {(killed.Failure as JobExited)?.Signal}",
            $"empty sets of capabilities: {capabilities}",
            $"threads: {threads is > 20 and < 60}",
        ];
    }
}
