namespace Handler.Infrastructure;

/// <summary>Keeps a repeated message from flooding the log. Allows the first message, and then one per interval.</summary>
/// <param name="time">Measures the interval.</param>
/// <param name="interval">The minimum time between two messages. Default: 1 minute.</param>
internal sealed class LogThrottle(TimeProvider time, TimeSpan? interval = null)
{
    private readonly TimeSpan interval = interval ?? Tuning.Log.ThrottleInterval;
    private long? last;

    /// <summary>Whether the message should be logged now. If so, it counts as logged.</summary>
    public bool IsDue()
    {
        if (last is { } then && time.GetElapsedTime(then) < interval)
            return false;
        last = time.GetTimestamp();
        return true;
    }
}
