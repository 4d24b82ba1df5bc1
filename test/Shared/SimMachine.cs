namespace Handler.Shared;

/// <summary>A machine on which processes run. The network connects machines.</summary>
internal sealed class SimMachine(string name)
{
    public string Name { get; } = name;

    /// <summary>Machines on different sides cannot reach each other.</summary>
    public int Side { get; set; }
}
