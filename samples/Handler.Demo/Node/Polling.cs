using System.Diagnostics;

namespace Handler.Demo.Node;

/// <summary>Waits for what other processes do. They send no events, so one has to look.</summary>
internal static class Polling
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Waits until something is the case, some seconds at most, and answers whether it is.</summary>
    public static async Task<bool> UntilAsync(Func<bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                return false;
            await Task.Delay(Interval);
        }

        return true;
    }
}
