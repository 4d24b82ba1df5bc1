using System.Diagnostics;
using Handler.BadJobs;

namespace Handler.Abuse;

/// <summary>A host in which something else may reap worker processes: the runtime, once it has started a process, or the kernel.</summary>
public sealed class OtherWaiters : IScenario
{
    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        // If SIGCHLD is ignored, Process itself may wait forever.
        var runsProcesses = !arguments.Contains("no processes");
        if (runsProcesses)
            Console.WriteLine("process: " + RunProcess());
        var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 2);
        await using (handler)
        {
            Console.WriteLine("value: " + (await handler.RunAsync(static () => 1 + 1)).GetValueOrThrow());
            Console.WriteLine("exit: " + (await handler.RunAsync(static () => Environment.Exit(3))).Message);
            Console.WriteLine("native exit: " + (await handler.RunAsync(static () => NativeExits.ExitWithoutCleanup(4))).Message);
            Console.WriteLine("kill: " + ((JobExited)(await handler.RunAsync(NativeExits.Kill)).Failure!).Signal);
            Console.WriteLine("overflow: " + ((JobExited)(await handler.RunAsync(static () => Exits.StackOverflow())).Failure!).Reason);
            Console.WriteLine(
                "timeout: " + (await handler.RunAsync(CpuHogs.TightLoop, new JobLimits { Timeout = TimeSpan.FromMilliseconds(50) })).Message
            );
            Console.WriteLine("orphan: " + (await handler.RunAsync(static () => Children.LeaveOrphan() > 0)).GetValueOrThrow());
            if (runsProcesses)
                Console.WriteLine("process: " + RunProcess());
        }

        Console.WriteLine("left: " + Left());
    }

    private static int RunProcess()
    {
        using var process = Process.Start("sh", ["-c", "exit 7"]);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>The number of children of this process, running or ended.</summary>
    private static int Left()
        => Directory
            .EnumerateDirectories("/proc")
            .Count(static folder => int.TryParse(Path.GetFileName(folder), out _) && ParentOf(folder) == Environment.ProcessId);

    private static int ParentOf(string folder)
    {
        try
        {
            var stat = File.ReadAllText(folder + "/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return 0; // the process has ended in the meantime
        }
    }
}
