namespace Handler.Infrastructure;

/// <summary>Keeps a line that is due again and again from filling the log: lets the first one through, and then one in each interval.</summary>
/// <param name="time">Measures the interval.</param>
/// <param name="interval">The least time between two lines; default one minute.</param>
internal sealed class LogThrottle(TimeProvider time, TimeSpan? interval = null)
{
    private readonly TimeSpan _interval = interval ?? TimeSpan.FromMinutes(1);
    private long? _last;

    /// <summary>Whether it is to be said now. When it is, it counts as said.</summary>
    public bool IsDue()
    {
        if (_last is { } last && time.GetElapsedTime(last) < _interval)
            return false;
        _last = time.GetTimestamp();
        return true;
    }
}
