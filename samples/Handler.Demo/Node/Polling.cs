using System.Diagnostics;

namespace Handler.Demo.Node;

/// <summary>Waits for other processes. They send no events, so it polls.</summary>
internal static class Polling
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Waits until the condition is true, for 10 s at most. Returns whether it is.</summary>
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
