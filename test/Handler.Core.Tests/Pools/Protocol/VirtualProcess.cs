namespace Handler.Tests.Pools;

/// <summary>One process in virtual time, for the parts of an actor that are tested alone.</summary>
internal sealed class VirtualProcess
{
    private readonly World world = new(1, trace: false);
    private readonly SimProcess process;

    public VirtualProcess() => process = new SimProcess(world, "process", new SimMachine("machine"));

    public TimeProvider Time => process.Time;

    /// <summary>Runs an action in a turn, and then everything that follows from it at the same virtual time.</summary>
    public T Turn<T>(Func<T> action)
    {
        var result = default(T)!;
        world.Schedule(process, TimeSpan.Zero, () => result = action());
        Advance(0);
        return result;
    }

    public void Advance(double milliseconds) => world.RunUntil(world.Elapsed + TimeSpan.FromMilliseconds(milliseconds));
}
