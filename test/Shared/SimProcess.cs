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
