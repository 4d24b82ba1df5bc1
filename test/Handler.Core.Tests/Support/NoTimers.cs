namespace Handler.Tests;

/// <summary>A clock that has no timers.</summary>
internal sealed class NoTimers : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => throw new NotSupportedException("There are no timers.");
}
