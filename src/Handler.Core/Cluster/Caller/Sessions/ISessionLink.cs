using Handler.Pools;

namespace Handler.Cluster;

/// <summary>How a client's messages reach the nodes.</summary>
internal interface ISessionLink
{
    /// <summary>
    /// Sends a message to a node and returns its reply. After any exception it is unknown whether the message arrived, unless
    /// <see cref="ICluster.HasNotLeft"/> says otherwise.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="message">The message.</param>
    Task<SessionReply> ExchangeAsync(NodeId node, SessionMessage message);

    /// <summary>Asks any silo which nodes there are.</summary>
    Task<KnownNodes> GetNodesAsync();
}
