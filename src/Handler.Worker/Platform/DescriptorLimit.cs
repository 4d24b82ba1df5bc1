using System.Runtime.InteropServices;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>How many descriptors a node needs, and how many this process may have.</summary>
internal static unsafe class DescriptorLimit
{
    /// <summary>What a node has open for each worker: five pipes, the second end of one of them, its process, and five files about its memory, three of them of its control group.</summary>
    private const int ForEachWorker = 12;

    /// <summary>What each start has open besides: the worker's ends of its pipes, its shared page and what stands for its input. All workers may start at the same time.</summary>
    private const int ForEachStart = 7;

    /// <summary>A few for the node itself and whatever the application opens next.</summary>
    private const int Besides = 24;

    /// <inheritdoc cref="IPlatform.WhyNotSoMany"/>
    public static string? WhyNotSoMany(int workers)
    {
        RLimit limit;
        if (GetRLimit(RLIMIT_NOFILE, &limit) != 0)
            return null;
        if (limit.Soft < limit.Hard)
        {
            // Nothing is gained by keeping to the lower one: .NET raises it as well.
            var raised = limit with { Soft = limit.Hard };
            if (SetRLimit(RLIMIT_NOFILE, &raised) == 0)
                limit = raised;
        }

        return WhyNotSoMany(workers, limit.Soft, Open(limit.Soft));
    }

    /// <param name="workers">How many are wanted.</param>
    /// <param name="limit">How many descriptors there may be.</param>
    /// <param name="open">How many are open.</param>
    public static string? WhyNotSoMany(int workers, ulong limit, ulong open)
    {
        var needed = open + ((ulong)workers * (ForEachWorker + ForEachStart)) + Besides;
        if (needed <= limit)
            return null;
        var possible = limit > open + Besides ? (limit - open - Besides) / (ForEachWorker + ForEachStart) : 0;
        return $"need {workers * (ForEachWorker + ForEachStart)} descriptors of this process while they start, where {open} are open and {limit} is the limit (RLIMIT_NOFILE, ulimit -n). Raise the limit to at least {needed}"
            + (possible > 0 ? $", or ask for no more than {possible} workers together" : "");
    }

    /// <summary>Says so where this process has no free descriptor, and what it asked for was refused for that.</summary>
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
            : GetRLimit(RLIMIT_NOFILE, &limit) == 0 ? $"This process has no free descriptor: {limit.Soft} is the limit (RLIMIT_NOFILE, ulimit -n)."
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
            return limit; // not even this directory can be opened
        }
    }
}
