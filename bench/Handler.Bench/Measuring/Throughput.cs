using System.Diagnostics;

namespace Handler.Bench.Measuring;

/// <summary>What callers got done in one round.</summary>
/// <param name="PerSecond">Calls that came back, per second.</param>
/// <param name="CpuMicroseconds">Processor time of this process (callers included, workers not) per call, in µs.</param>
internal readonly record struct Throughput(double PerSecond, double CpuMicroseconds)
{
    /// <summary>Lets <paramref name="callers"/> loops call for a fixed time, each waiting for its answer before it calls again.</summary>
    /// <param name="callers">How many loops.</param>
    /// <param name="duration">For how long calls are started; those in flight at its end are waited for and counted, with their time.</param>
    /// <param name="call">One call; gets the caller's number and the number of its call.</param>
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
    /// <param name="atMost">When to stop even if it still rises.</param>
    /// <param name="call">One call.</param>
    public static async Task WarmUpAsync(int callers, TimeSpan atMost, Func<int, int, Task> call)
    {
        const int patience = 5;
        var (best, since) = (0.0, 0);
        for (var start = Stopwatch.GetTimestamp(); since < patience && Stopwatch.GetElapsedTime(start) < atMost; since++)
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
