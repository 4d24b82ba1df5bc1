using Handler.Pools;

namespace Handler.Simulation;

/// <summary>Nodes as one process reaches them.</summary>
internal sealed class SimNodePeers(Cluster cluster, SimProcess from) : INodePeers
{
    public ValueTask<IReadOnlyCollection<NodeId>> GetLiveNodesAsync()
    {
        var membership = cluster.Membership.Process;
        return new(
            cluster.Network.CallAsync(
                from,
                ()
                    => new Recipient<IReadOnlyCollection<NodeId>>(membership.Name, membership, () =>
                        ValueTask.FromResult<IReadOnlyCollection<NodeId>>([.. cluster.Membership.Live])),
                null,
                $"who is alive"));
    }

    public ValueTask<InventoryReply> InventoryAsync(NodeId node, InventoryRequest request)
        => Call(node, $"inventory for {request.Pool} epoch {request.Epoch}", actor => actor.Inventory(request));

    public ValueTask<ReconcileReply> ReconcileAsync(NodeId node, ReconcileRequest request)
        => Call(node, $"reconcile {request.Pool}: {string.Join(", ", request.Shares)}", actor => actor.Reconcile(request));

    public ValueTask<int> KillAsync(NodeId node, KillRequest request)
        => Call(node, $"kill for {request.Pool}: {(request.Jobs is { } jobs ? string.Join(", ", jobs) : $"{request.Target}")}", actor =>
            actor.Kill(request));

    private ValueTask<T> Call<T>(NodeId id, FormattableString what, Func<NodeActor, T> handle)
    {
        var node = cluster.Nodes.Find(node => node.Actor.Id == id);
        Recipient<T>? to = node is null ? null : new(node.Process.Name, node.Process, () => ValueTask.FromResult(handle(node.Actor)));
        return new(cluster.Network.CallAsync(from, () => to, node?.Process.Machine, what));
    }
}
