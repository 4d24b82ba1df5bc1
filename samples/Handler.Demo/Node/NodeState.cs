namespace Handler.Demo.Node;

/// <summary>What a node consists of at one moment, as the operating system sees it.</summary>
/// <param name="Workers">Running child processes of this process.</param>
/// <param name="Zombies">Child processes that have exited and were not reaped.</param>
/// <param name="Strays">Processes that a worker started and that are not workers.</param>
/// <param name="Descriptors">Open descriptors of this process, without those of loaded assemblies, which the runtime never closes.</param>
internal sealed record NodeState(int Workers, int Zombies, int Strays, int Descriptors)
{
    /// <summary>Whether nothing was lost and nothing was left behind since the earlier state.</summary>
    public bool IsAsHealthyAs(NodeState before)
        => this with { Descriptors = 0 } == before with { Descriptors = 0 } && Descriptors <= before.Descriptors;

    /// <inheritdoc/>
    public override string ToString() => $"{Workers} workers, {Zombies} zombies, {Strays} strays, {Descriptors} descriptors";
}
