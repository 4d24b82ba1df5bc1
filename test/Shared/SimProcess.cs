namespace Handler.Shared;

/// <summary>
/// A participant that runs in turns: a node, one activation of a pool, a client. The continuations of its awaits run as further steps.
/// Once it is dead they never run, as in a process that was killed.
/// </summary>
internal sealed class SimProcess : SynchronizationContext
{
    private readonly World world;

    public SimProcess(World world, string name, SimMachine machine)
    {
        this.world = world;
        Name = name;
        Machine = machine;
        Time = new SimTimeProvider(world, this);
    }

    public string Name { get; }

    public SimMachine Machine { get; }

    public TimeProvider Time { get; }

    public bool IsAlive { get; private set; } = true;

    public long PausedUntil { get; set; }

    public void Kill() => IsAlive = false;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!this.world.IsMyThread)
            throw new InvalidOperationException("Something left the simulation's thread; the seed would not replay.");
        this.world.Schedule(this, TimeSpan.Zero, d, state);
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing may block.");

    public override SynchronizationContext CreateCopy() => this;
}

/// <summary>A machine on which processes run. The network connects machines.</summary>
internal sealed class SimMachine(string name)
{
    public string Name { get; } = name;

    /// <summary>Machines on different sides cannot reach each other.</summary>
    public int Side { get; set; }
}

/// <summary>Virtual time as one process sees it.</summary>
internal sealed class SimTimeProvider(World world, SimProcess process) : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => World.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => world.Now;

    public override DateTimeOffset GetUtcNow() => Epoch + world.Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan && period != TimeSpan.Zero)
            throw new NotSupportedException("Timers that repeat.");
        var timer = new SimTimer(world, process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}

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
