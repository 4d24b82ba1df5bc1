using Handler.Pools;

namespace Handler.Cluster;

/// <summary>A node's reply to a <see cref="SessionMessage"/>. It has taken all jobs of that message.</summary>
/// <param name="Node">The node.</param>
/// <param name="News">What there is to tell; may be empty.</param>
/// <param name="Nodes">The nodes that take jobs, if the client has another version of this list.</param>
/// <param name="Gateway">The node of the silo through which the message came.</param>
/// <param name="NodeIsGone">The node has left the cluster, as the silo says through which the message came. The message goes
/// nowhere.</param>
internal sealed record SessionReply(
    NodeId Node, IReadOnlyList<SessionNews> News, KnownNodes? Nodes = null, NodeId? Gateway = null, bool NodeIsGone = false);
