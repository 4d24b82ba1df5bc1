namespace Handler.Infrastructure;

/// <summary>Converts times to <see cref="System.Diagnostics.Stopwatch"/> ticks, which are ns on Linux.</summary>
internal static class StopwatchTime
{
    public static long Ticks(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;
}
