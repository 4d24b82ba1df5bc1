using System.Collections.Concurrent;
using Handler.Pools;
using Orleans.Runtime.Services;

namespace Handler.Grains.Members;

/// <summary>
/// The nodes of all silos, by id. Calls from pools to nodes are made outside of the pools' turns; see <see
/// cref="TurnContext.CallOutside"/>.
/// </summary>
internal sealed class NodeDirectory(IServiceProvider services, Membership membership, TurnContext turns)
    : GrainServiceClient<INodeService>(services), INodeServices, INodePeers
{
    private readonly ConcurrentDictionary<NodeId, INodeService> known = new();

    public INodeService this[NodeId node] => known.GetOrAdd(node, id => GetGrainService(Membership.SiloOf(id)));

    public void Forget(NodeId node) => known.TryRemove(node, out _);

    ValueTask<IReadOnlyCollection<NodeId>> INodePeers.GetLiveNodesAsync() => turns.CallOutside(membership.GetLiveNodesAsync);

    ValueTask<InventoryReply> INodePeers.InventoryAsync(NodeId node, InventoryRequest request)
        => turns.CallOutside(async () => await this[node].InventoryAsync(request));

    ValueTask<ReconcileReply> INodePeers.ReconcileAsync(NodeId node, ReconcileRequest request)
        => turns.CallOutside(async () => await this[node].ReconcileAsync(request));

    ValueTask<int> INodePeers.KillAsync(NodeId node, KillRequest request)
        => turns.CallOutside(async () => await this[node].KillAsync(request));
}
