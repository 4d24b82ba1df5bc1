using System.Diagnostics;
using System.Globalization;
using Handler.Wire;

namespace Handler.Tests;

/// <summary>What a job can see of its node: the page that its worker shares with the node. Runs in a worker.</summary>
internal static unsafe class NodeChecks
{
    /// <summary>The page.</summary>
    public static SharedPage* Page
    {
        get
        {
            var line = File.ReadLines("/proc/self/maps").First(static line => line.Contains("/memfd:handler", StringComparison.Ordinal));
            var start = line.AsSpan(0, line.IndexOf('-', StringComparison.Ordinal));
            return (SharedPage*)long.Parse(start, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Returns when the node has checked the job that calls this, at a time at least this long after the call.</summary>
    public static void Await(TimeSpan after = default)
    {
        var due = Stopwatch.GetTimestamp() + (long)(after.TotalSeconds * Stopwatch.Frequency);
        var page = Page;
        while (Volatile.Read(ref page->OwnerSeenAt) <= due)
            Thread.Sleep(1);
    }
}
