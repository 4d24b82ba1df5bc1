using System.Diagnostics;
using Handler.Platform;

namespace Handler.Guard;

/// <summary>
/// Finds what a job left behind in its worker: threads, timers, queued work, child processes. A job that has answered has no business there any
/// more, and the next job must not pay for it.
/// </summary>
/// <remarks>Static fields that a job changed cannot be seen.</remarks>
internal sealed class Leftovers(ProcSelf proc)
{
    /// <summary>Starting a thread or a process takes longer than this, so a shorter job cannot have left one; in Stopwatch ticks (ns).</summary>
    private const long ThreadStartTime = 30_000;

    /// <summary>How long work that is just ending is given, in milliseconds; and how often it is looked at, for where processors are scarce that time may pass without it having run.</summary>
    private const int GraceMilliseconds = 5;
    private const int GraceLooks = 5;

    private int acceptedThreads;

    /// <summary>Whether something seems to be left; costs well under a microsecond for short jobs.</summary>
    public bool Suspects(long ranFor)
    {
        if (ThreadPool.ThreadCount > 0 && (ThreadPool.PendingWorkItemCount > 0 || BusyPoolThreads() > 0))
            return true;
        return Timer.ActiveCount > 0 || (ranFor > ThreadStartTime && (proc.ThreadCount() > acceptedThreads || ProcSelf.HasChildren()));
    }

    /// <summary>Waits a few milliseconds, more where processors are scarce, for work that is just ending.</summary>
    /// <returns>What is left for good, or <see langword="null"/>.</returns>
    public string? Confirm()
    {
        var since = Stopwatch.GetTimestamp();
        for (var slept = 0; ;)
        {
            var found = Find();
            if (found is null || (slept >= GraceLooks && Stopwatch.GetElapsedTime(since).TotalMilliseconds > GraceMilliseconds))
                return found;
            if (Stopwatch.GetElapsedTime(since).TotalMilliseconds < 0.05)
            {
                Thread.SpinWait(20);
                continue;
            }

            Thread.Sleep(1);
            slept++;
        }
    }

    private string? Find()
    {
        if (ThreadPool.PendingWorkItemCount > 0)
            return "queued work";
        if (BusyPoolThreads() > 0)
            return "running work on the thread pool";
        if (Timer.ActiveCount > 0)
            return "an active timer";
        if (ProcSelf.HasChildren())
            return "a child process";
        var threads = proc.ThreadCount();
        if (threads <= acceptedThreads)
            return null;
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (!IsMainThread(task) && !IsRuntimeThread(task))
                return "a thread";
        }

        acceptedThreads = threads;
        return null;
    }

    private static int BusyPoolThreads()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return most - available;
    }

    private static bool IsMainThread(string task)
        => task.AsSpan(task.LastIndexOf('/') + 1).SequenceEqual(Environment.ProcessId.ToString());

    /// <summary>The runtime names its threads, and so does the guard; a job's have the program's name, their own, or that of a long-running task.</summary>
    private static bool IsRuntimeThread(string task)
    {
        try
        {
            var name = File.ReadAllText(task + "/comm");
            return name.StartsWith(".NET ", StringComparison.Ordinal) && !name.StartsWith(".NET Long", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true; // it has ended meanwhile
        }
    }
}
