using Handler.Pools;

namespace Handler.Cluster;

/// <summary>How a node reaches the other nodes, to hand jobs over. After any exception it is unknown whether the call arrived.</summary>
internal interface IOtherNodes
{
    /// <summary>The recently published loads of the other nodes.</summary>
    IReadOnlyList<NodeLoad> Loads { get; }

    /// <summary>
    /// The last loads of the other live nodes that accept jobs, however old: how much a node could accept in total does not change while it
    /// lives.
    /// </summary>
    IEnumerable<NodeLoad> Living => Loads.Where(load => load.Accepts);

    Task<CallReply> SubmitAsync(NodeId node, JobRequest request);
}
