using System.Diagnostics;

namespace Handler.Bench.Peers.DotNet;

/// <summary>A fresh .NET process for each job, killed at its time limit, with the limit of the garbage collector for its memory.</summary>
internal sealed class ProcessPeer : IPeer
{
    public async Task NoopAsync()
    {
        using var process = Start("noop");
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"The process for one job exited with {process.ExitCode}.");
    }

    public async Task SpinAsync(string path, TimeSpan limit)
    {
        using var process = Start("spin", path);
        await Task.Delay(limit);
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    public async Task<AllocationResult> AllocateAsync(Allocation allocation)
    {
        using var process = Start(allocation.ToString());
        await process.WaitForExitAsync();
        return new AllocationResult(Completed: process.ExitCode == 0, InHost: false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The child process: runs one job.</summary>
    public static int Run(string[] job)
    {
        _ = job switch
        {
            ["noop"] => 0,
            ["spin", var path] => Heartbeat.Spin(path),
            _ => AllocatingJob.Run(Enum.Parse<Allocation>(job[0])),
        };
        return 0;
    }

    private static Process Start(params IEnumerable<string> job)
    {
        var start = ChildProcess.StartInfo([ChildProcess.PeerJobMode, .. job]);
        start.RedirectStandardError = true;
        start.Environment["DOTNET_GCHeapHardLimit"] = $"0x{AllocatingJob.LimitBytes:x}";
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
