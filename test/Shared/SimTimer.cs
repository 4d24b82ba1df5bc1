namespace Handler.Shared;

/// <summary>A timer that fires once.</summary>
internal sealed class SimTimer(World world, SimProcess process, TimerCallback callback, object? state) : ITimer
{
    private bool isStarted;

    public bool IsArmed { get; private set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            IsArmed = false;
            return true;
        }

        if (isStarted)
            throw new NotSupportedException("Timers that are set twice.");
        isStarted = IsArmed = true;
        world.Schedule(process, dueTime, static timer => ((SimTimer)timer!).Fire(), this);
        return true;
    }

    public void Dispose() => IsArmed = false;

    public ValueTask DisposeAsync()
    {
        IsArmed = false;
        return default;
    }

    private void Fire()
    {
        if (!IsArmed)
            return;
        IsArmed = false;
        callback(state);
    }
}
