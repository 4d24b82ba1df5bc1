using Handler.Pools;

namespace Handler.Simulation;

/// <summary>Which nodes are alive, by verdict. A verdict is true at the moment of asking, and final.</summary>
internal sealed class Membership(Network network)
{
    private readonly List<NodeId> live = [];

    public SimProcess Process { get; } = network.Carrier;

    public void Join(NodeId node) => live.Add(node);

    public bool Declare(NodeId dead) => live.Remove(dead);

    public bool IsLive(NodeId node) => live.Contains(node);

    public IReadOnlyList<NodeId> Live => live;
}
