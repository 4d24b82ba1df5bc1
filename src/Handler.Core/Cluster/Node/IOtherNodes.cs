using Handler.Pools;

namespace Handler.Cluster;

/// <summary>How a node reaches the other ones, to hand jobs over. Any exception means that it is not known whether the call arrived.</summary>
internal interface IOtherNodes
{
    /// <summary>The loads of the other nodes, as published lately.</summary>
    IReadOnlyList<NodeLoad> Loads { get; }

    /// <summary>What the other nodes that live and take jobs last said, however long ago: what a node could take at all does not change while it lives.</summary>
    IEnumerable<NodeLoad> Living => Loads.Where(load => load.Accepts);

    Task<CallReply> SubmitAsync(NodeId node, JobRequest request);
}
