using Handler.BadJobs;

namespace Handler.Abuse;

/// <summary>
/// A host whose job cuts the ties between its worker and the host, writes its process id to a file and does not end.
/// A third argument gives the worker a process namespace. The host itself runs until it is killed, also when it has already noticed what
/// the job did.
/// </summary>
public sealed class TiesCut : IScenario
{
    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        await using var handler = await EmbeddedHandler.StartAsync(options =>
        {
            (options.MaxWorkers, options.SpareWorkers) = (1, 0);
            options.Hardening.PidNamespace = arguments.Length > 2;
        });
        var way = arguments[0];
        var path = arguments[1];
        await handler.RunAsync(() => Cut(way, path), new JobLimits { Timeout = TimeSpan.FromMinutes(5) });
        await Task.Delay(TimeSpan.FromMinutes(5));
    }

    /// <summary>Cuts the tie, writes the process id to the file, and runs forever in native code.</summary>
    public static void Cut(string way, string path)
    {
        const int Lifeline = 5, SetFlags = 4, SetOwner = 8, WriteOnly = 1;
        switch (way)
        {
            case "close":
                _ = JobCalls.Close(Lifeline);
                break;
            case "replace":
                _ = JobCalls.Replace(0, Lifeline);
                break;
            case "ask for no signal":
                _ = JobCalls.Control(Lifeline, SetFlags, 0);
                break;
            case "redirect the signal":
                _ = JobCalls.Control(Lifeline, SetOwner, 0);
                break;
            case "hold the other ends":
                _ = JobCalls.Open("/proc/self/fd/5", WriteOnly);
                _ = JobCalls.Open("/proc/self/fd/3", WriteOnly);
                _ = JobCalls.Close(Lifeline);
                break;
        }

        File.WriteAllText(path + ".new", Environment.ProcessId.ToString());
        File.Move(path + ".new", path);
        if (way == "become another program")
            Become("/bin/sleep", "600");
        CpuHogs.NativeSleepThatBlocksCollection();
    }

    private static unsafe void Become(string program, string argument)
    {
        var strings = stackalloc nint[3]
        {
            System.Runtime.InteropServices.Marshal.StringToCoTaskMemUTF8(program),
            System.Runtime.InteropServices.Marshal.StringToCoTaskMemUTF8(argument),
            0,
        };
        _ = JobCalls.Execute(program, strings);
    }
}
