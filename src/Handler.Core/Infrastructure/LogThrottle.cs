namespace Handler.Infrastructure;

/// <summary>Keeps a repeated message from flooding the log. Allows the first message, and then one per interval.</summary>
/// <param name="time">Measures the interval.</param>
/// <param name="interval">The minimum time between two messages. Default: 1 minute.</param>
internal sealed class LogThrottle(TimeProvider time, TimeSpan? interval = null)
{
    private readonly TimeSpan _interval = interval ?? TimeSpan.FromMinutes(1);
    private long? _last;

    /// <summary>Whether the message should be logged now. If so, it counts as logged.</summary>
    public bool IsDue()
    {
        if (_last is { } last && time.GetElapsedTime(last) < _interval)
            return false;
        _last = time.GetTimestamp();
        return true;
    }
}
