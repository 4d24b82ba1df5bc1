using System.Diagnostics;

namespace Handler.Bench.Measuring;

/// <summary>The result of one round.</summary>
/// <param name="PerSecond">Completed calls per second.</param>
/// <param name="CpuMicroseconds">CPU time of this process (callers included, workers not) per call, in µs.</param>
internal readonly record struct Throughput(double PerSecond, double CpuMicroseconds)
{
    /// <summary>Lets <paramref name="callers"/> loops call for a fixed time. Each waits for its result before it calls again.</summary>
    /// <param name="callers">How many loops.</param>
    /// <param name="duration">How long calls are started. Calls in flight at the end are awaited and counted, with their time.</param>
    /// <param name="call">One call; receives the number of the caller and of its call.</param>
    public static async Task<Throughput> MeasureAsync(int callers, TimeSpan duration, Func<int, int, Task> call)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(duration.TotalSeconds * Stopwatch.Frequency);

        var loops = Enumerable.Range(0, callers).Select(caller => Task.Run(() => LoopAsync(caller, end, call))).ToArray();
        double calls = (await Task.WhenAll(loops)).Sum();

        return new Throughput(
            calls / Stopwatch.GetElapsedTime(start).TotalSeconds,
            (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / calls);
    }

    /// <summary>Lets loops call until their rate has not risen for some seconds.</summary>
    /// <param name="callers">How many loops.</param>
    /// <param name="atMost">When to stop even if the rate still rises.</param>
    /// <param name="call">One call.</param>
    public static async Task WarmUpAsync(int callers, TimeSpan atMost, Func<int, int, Task> call)
    {
        const int Patience = 5;
        var (best, since) = (0.0, 0);
        for (var start = Stopwatch.GetTimestamp(); since < Patience && Stopwatch.GetElapsedTime(start) < atMost; since++)
        {
            var rate = (await MeasureAsync(callers, TimeSpan.FromSeconds(1), call)).PerSecond;
            if (rate > best * 1.05)
                (best, since) = (rate, -1);
        }
    }

    private static async Task<long> LoopAsync(int caller, long end, Func<int, int, Task> call)
    {
        var calls = 0;
        while (Stopwatch.GetTimestamp() < end)
            await call(caller, calls++);
        return calls;
    }
}
