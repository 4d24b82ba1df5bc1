using System.Collections.Concurrent;
using Handler.Pools;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Services;

namespace Handler.Grains.Nodes;

/// <summary>The nodes of all silos, by id.</summary>
internal sealed class NodeServices(IServiceProvider services) : GrainServiceClient<INodeService>(services), INodePeers
{
    private readonly ConcurrentDictionary<NodeId, INodeService> known = new();
    private readonly Membership membership = services.GetRequiredService<Membership>();

    public INodeService this[NodeId node] => known.GetOrAdd(node, id => GetGrainService(Membership.SiloOf(id)));

    /// <summary>A node is dead: nothing of it need be kept.</summary>
    public void Forget(NodeId node) => known.TryRemove(node, out _);

    public ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync() => membership.GetLiveNodesAsync();

    public async ValueTask<InventoryReply> InventoryAsync(NodeId node, InventoryRequest request) => await this[node].InventoryAsync(request);

    public async ValueTask<ReconcileReply> ReconcileAsync(NodeId node, ReconcileRequest request) => await this[node].ReconcileAsync(request);

    public async ValueTask<int> KillAsync(NodeId node, KillRequest request) => await this[node].KillAsync(request);
}
