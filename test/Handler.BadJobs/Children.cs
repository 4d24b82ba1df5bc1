using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Handler.BadJobs;

/// <summary>
/// Functions that start processes. Every child sleeps for ten minutes unless it is ended. The methods that hang return nothing, so they
/// first write the process ids of their children to stdout, one per line.
/// </summary>
public static class Children
{
    private const string Sleep = "sleep 600";
    private const string Quiet = " </dev/null >/dev/null 2>&1";

    /// <summary>Leaves a child that holds none of its parent's streams, and returns its process id.</summary>
    public static int LeaveChild() => Shell($"exec {Sleep}{Quiet}").Id;

    /// <summary>Leaves a child that keeps its parent's stdout and stderr open, and returns its process id.</summary>
    public static int LeaveChildWithStdout() => Shell($"exec {Sleep}").Id;

    /// <summary>Leaves a child in its own session and process group, and returns its process id.</summary>
    public static int LeaveChildInOwnSession() => Shell($"exec setsid {Sleep}{Quiet}").Id;

    /// <summary>Leaves a child that moves itself to its own process group, and returns its process id.</summary>
    public static int LeaveChildInOwnGroup() => Shell($"exec timeout 600 {Sleep}{Quiet}").Id;

    /// <summary>Leaves a shell with two children, and returns all three process ids.</summary>
    public static int[] LeaveFamily()
    {
        var shell = Shell($"({Sleep}{Quiet}) & echo $!; ({Sleep}{Quiet}) & echo $!; wait", redirectOutput: true);
        return [shell.Id, ReadPid(shell), ReadPid(shell)];
    }

    /// <summary>Leaves a process whose parent has already ended, and returns its process id.</summary>
    public static int LeaveOrphan()
    {
        using var shell = Shell($"{Sleep}{Quiet} & echo $!", redirectOutput: true);
        var orphan = ReadPid(shell);
        shell.WaitForExit();
        return orphan;
    }

    /// <summary>Starts a child and hangs.</summary>
    public static void HangWithChild() => ReportAndHang([LeaveChild()]);

    /// <summary>
    /// Starts a chain of processes, each of which only starts the next one and ends, for a few seconds at most, and hangs.
    /// </summary>
    public static void HangWithRelay(bool ownGroups)
    {
        if (NativeCalls.Fork() != 0)
            CpuHogs.Sleep();

        // The forked process has only this thread: it must not allocate, nor do anything for which the runtime needs another thread.
        for (var i = 0; i < 100_000; i++)
        {
            if (ownGroups)
                _ = NativeCalls.SetGroup(0, 0);
            if (NativeCalls.Fork() != 0)
                NativeCalls.ExitWithoutCleanup(0);
        }

        NativeCalls.ExitWithoutCleanup(0);
    }

    /// <summary>Starts a shell with two children, and hangs.</summary>
    public static void HangWithFamily() => ReportAndHang(LeaveFamily());

    /// <summary>Writes process ids to a file, one per line, and hangs. If there is such a file, it is complete.</summary>
    public static void ReportAndHang(string path, params int[] pids)
    {
        var unfinished = path + ".unfinished";
        File.WriteAllLines(unfinished, pids.Select(static pid => pid.ToString(CultureInfo.InvariantCulture)));
        File.Move(unfinished, path);
        CpuHogs.Sleep();
    }

    /// <summary>Starts a child and waits for it.</summary>
    public static void WaitForChild()
    {
        using var child = Shell($"exec {Sleep}{Quiet}");
        Console.WriteLine(child.Id);
        child.WaitForExit();
    }

    /// <summary>Forks this many children, which share this many MiB with the worker for a second.</summary>
    public static unsafe void ShareMemory(int children, int mebibytes)
    {
        var bytes = (nuint)mebibytes << 20;
        var memory = NativeMemory.Alloc(bytes);
        _ = NativeCalls.Fill(memory, 1, (nint)bytes);
        for (var i = 0; i < children; i++)
        {
            if (NativeCalls.Fork() != 0)
                continue;
            _ = NativeCalls.SleepWithoutTransition(1); // the forked process has only this thread
            NativeCalls.ExitWithoutCleanup(0);
        }

        _ = NativeCalls.Sleep(1);
        NativeMemory.Free(memory);
    }

    /// <summary>Starts this many children that each hold this many MiB, and hangs.</summary>
    public static void HangWithHogs(int children, int mebibytes)
    {
        for (var i = 0; i < children; i++)
            _ = Shell(Hog(mebibytes));
        CpuHogs.Sleep();
    }

    /// <summary>Runs a child that holds this many MiB for a moment, and returns when it has ended.</summary>
    public static void WaitForQuickHog(int mebibytes)
    {
        using var child = Shell($"head -c {mebibytes}M /dev/zero | tail -n 1 > /dev/null");
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"The child has exited with code {child.ExitCode}.");
    }

    /// <summary>Starts a process in a session of its own that holds this many MiB and whose parent has ended, and hangs.</summary>
    public static void HangWithHogInOwnSession(int mebibytes)
    {
        using var shell = Shell($"setsid sh -c '{Hog(mebibytes)}' & exit 0");
        shell.WaitForExit();
        CpuHogs.Sleep();
    }

    /// <summary>Starts this many children that spin, and hangs.</summary>
    public static void HangWithSpinningChildren(int children)
    {
        for (var i = 0; i < children; i++)
            _ = Shell("while :; do :; done");
        CpuHogs.Sleep();
    }

    /// <summary>Starts this many children that sleep, and hangs.</summary>
    public static void HangWithChildren(int children)
    {
        _ = LeaveManyChildren(children);
        CpuHogs.Sleep();
    }

    /// <summary>Starts this many processes in sessions of their own whose parents have ended, writes a file, and hangs.</summary>
    public static void HangWithStrangers(int processes, string path)
    {
        using var shell = Shell($"for i in $(seq {processes}); do (setsid {Sleep}{Quiet} &) & done; wait; exit 0");
        shell.WaitForExit();
        ReportAndHang(path);
    }

    /// <summary>Runs a child that uses some CPU time, and returns when it has ended.</summary>
    public static void WaitForBusyChild()
    {
        using var child = Shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");
        child.WaitForExit();
    }

    /// <summary>Runs this many children one after the other.</summary>
    public static void RunChildren(int children)
    {
        for (var i = 0; i < children; i++)
        {
            using var child = Shell("exit 0");
            child.WaitForExit();
        }
    }

    /// <summary>Starts a process that holds this many MiB and whose parent has ended, and hangs.</summary>
    public static void HangWithOrphanedHog(int mebibytes)
    {
        using var shell = Shell($"({Hog(mebibytes)}) & exit 0");
        shell.WaitForExit();
        CpuHogs.Sleep();
    }

    /// <summary>Starts a child that needs little memory and ends after this many seconds, and returns when it has ended.</summary>
    public static void WaitForFrugalChild(int seconds)
    {
        using var child = Shell($"exec sleep {seconds}");
        child.WaitForExit();
    }

    /// <summary>A command that holds this many MiB: <c>tail</c> keeps the last line of its input, and that line has no end.</summary>
    private static string Hog(int mebibytes) => $"(head -c {mebibytes}M /dev/zero; exec {Sleep}) | tail -n 1 > /dev/null";

    /// <summary>Starts this many children that run at the same time, and returns their process ids.</summary>
    public static int[] LeaveManyChildren(int children)
        => [.. Enumerable.Range(0, children).Select(_ => LeaveChild())];

    private static Process Shell(string command, bool redirectOutput = false)
        => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = redirectOutput })!;

    private static int ReadPid(Process shell)
        => int.Parse(shell.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);

    private static void ReportAndHang(int[] pids)
    {
        foreach (var pid in pids)
            Console.WriteLine(pid);
        CpuHogs.Sleep();
    }
}
