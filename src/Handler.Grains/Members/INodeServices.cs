using Handler.Pools;

namespace Handler.Grains.Members;

/// <summary>The nodes of all silos, as other silos reach them.</summary>
internal interface INodeServices
{
    INodeService this[NodeId node] { get; }

    /// <summary>Forgets a dead node.</summary>
    void Forget(NodeId node);
}
