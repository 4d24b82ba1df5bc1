using Handler.Pools;

namespace Handler.Cluster;

/// <summary>What a <see cref="ClusterNode"/> needs from the cluster.</summary>
internal sealed record ClusterNodePorts
{
    public required NodeId Id { get; init; }

    /// <summary>A number that no other life of any node has or had.</summary>
    public required ulong Scope { get; init; }

    public required IPoolDirectory Pools { get; init; }

    public required IPoolStore Store { get; init; }

    public required IOtherNodes Others { get; init; }

    /// <summary>Asks the membership whether this node was declared dead.</summary>
    public Func<Task<bool>> IsDeadAsync { get; init; } = static () => Task.FromResult(false);

    /// <summary>The turns of the node, which it shares with the colocated pools.</summary>
    public TurnContext Turns { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
