namespace Handler.Platform;

/// <summary>Wakes one thread at a time of the monotonic clock, or earlier on demand.</summary>
internal interface IAlarm : IDisposable
{
    /// <summary>Waits until the time (in <see cref="System.Diagnostics.Stopwatch"/> ticks) or until <see cref="Ring"/>.</summary>
    void WaitUntil(long timestamp);

    /// <summary>Ends the current or the next wait. From any thread.</summary>
    void Ring();
}
