namespace Handler.Simulation;

/// <summary>
/// Virtual time for code that awaits without a synchronization context. What such code waits for must be completed without one, so that it
/// continues in the same step.
/// </summary>
internal sealed class ContextFreeTime(TimeProvider inner) : TimeProvider
{
    public override long TimestampFrequency => inner.TimestampFrequency;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => inner.CreateTimer(of => Run(() => callback(of)), state, dueTime, period);

    public static void Run(Action step)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        step();
        SynchronizationContext.SetSynchronizationContext(before);
    }
}
