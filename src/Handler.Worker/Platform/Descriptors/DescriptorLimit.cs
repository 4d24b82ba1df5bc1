using System.Runtime.InteropServices;
using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Processes;

namespace Handler.Platform;

/// <summary>The number of descriptors that a node needs, and the number that this process may have.</summary>
internal static unsafe class DescriptorLimit
{
    /// <summary>
    /// The descriptors that a node keeps open for each worker: five pipes, the second end of one of them, its process, and five files about
    /// its memory, three of which belong to its cgroup.
    /// </summary>
    private const int ForEachWorker = 12;

    /// <summary>
    /// The additional descriptors that each start has open: the worker's ends of its pipes, its shared page, and the replacement for its
    /// input. All workers may start at the same time.
    /// </summary>
    private const int ForEachStart = 7;

    /// <summary>
    /// The additional ones of a worker in a process namespace: two processes and two pipes while it lives; a socket, a pipe, a file and
    /// rules, with the ends of the other side, while it starts.
    /// </summary>
    private const int ForEachNamespace = 4 + 8;

    /// <inheritdoc cref="IPlatform.WhyNotSoMany"/>
    public static string? WhyNotSoMany(int workers, bool inNamespaces)
    {
        RLimit limit;
        if (GetRLimit(RLIMIT_NOFILE, &limit) != 0)
            return null;
        if (limit.Soft < limit.Hard)
        {
            // Raises the soft limit to the hard one. Keeping the lower one has no benefit: .NET raises it too.
            var raised = limit with { Soft = limit.Hard };
            if (SetRLimit(RLIMIT_NOFILE, &raised) == 0)
                limit = raised;
        }

        return WhyNotSoMany(
            workers,
            ForEachWorker + ForEachStart + (inNamespaces ? ForEachNamespace : 0),
            limit.Soft,
            Open(limit.Soft));
    }

    /// <param name="workers">The number of workers.</param>
    /// <param name="each">The descriptors for each.</param>
    /// <param name="limit">The maximum number of descriptors.</param>
    /// <param name="open">The number of open descriptors.</param>
    public static string? WhyNotSoMany(int workers, int each, ulong limit, ulong open)
    {
        var needed = open + ((ulong)workers * (ulong)each) + SpareDescriptors;
        if (needed <= limit)
            return null;
        var possible = limit > open + SpareDescriptors ? (limit - open - SpareDescriptors) / (ulong)each : 0;
        return $"need {workers * each} descriptors of this process while they start, "
            + $"where {open} are open and {limit} is the limit (RLIMIT_NOFILE, ulimit -n). Raise the limit to at least {needed}"
            + (possible > 0 ? $", or ask for no more than {possible} workers together" : "");
    }

    /// <summary>The explanation for a refused request if this process has no free descriptor.</summary>
    public static string? WhyNone()
    {
        var one = EventFd(0, O_CLOEXEC);
        if (one >= 0)
        {
            _ = Close(one);
            return null;
        }

        RLimit limit;
        return Marshal.GetLastPInvokeError() != EMFILE ? null
            : GetRLimit(RLIMIT_NOFILE, &limit) == 0
                ? $"This process has no free descriptor: {limit.Soft} is the limit (RLIMIT_NOFILE, ulimit -n)."
            : "This process has no free descriptor (RLIMIT_NOFILE, ulimit -n).";
    }

    private static ulong Open(ulong limit)
    {
        try
        {
            return (ulong)Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount();
        }
        catch (IOException)
        {
            return limit; // even this directory cannot be opened
        }
    }
}
