using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>How many descriptors a node needs, and how many this process may have.</summary>
internal static unsafe class DescriptorLimit
{
    /// <summary>What a node has open for each worker: five pipes, the second end of one of them, its process and two files about its memory.</summary>
    private const int ForEachWorker = 9;

    /// <summary>What a start has open besides, and a few for the node itself and whatever the application opens next.</summary>
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
        var needed = open + ((ulong)workers * ForEachWorker) + Besides;
        if (needed <= limit)
            return null;
        var possible = limit > open + Besides ? (limit - open - Besides) / ForEachWorker : 0;
        return $"need {workers * ForEachWorker} descriptors of this process, where {open} are open and {limit} is the limit (RLIMIT_NOFILE, ulimit -n). Raise the limit to at least {needed}"
            + (possible > 0 ? $", or ask for no more than {possible} workers together" : "");
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
