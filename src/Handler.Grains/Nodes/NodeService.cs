using Handler.Cluster;
using Handler.Grains.Members;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Grains.Nodes;

/// <summary>Passes messages of other silos to this silo's node.</summary>
internal sealed class NodeService(GrainId id, Silo silo, ILoggerFactory loggerFactory, SiloNode node, LoadTable loads)
    : GrainService(id, silo, loggerFactory),
        INodeService
{
    public async Task<SessionReply> ExchangeAsync(SessionMessage message) => await (await node.StartedAsync()).ExchangeAsync(message);

    public async Task<CallReply> SubmitAsync(JobRequest request) => await (await node.StartedAsync()).SubmitAsync(request);

    public async Task<CallReply> WatchAsync(CallId call) => await (await node.StartedAsync()).WatchAsync(call);

    public async Task<ValuePart> FetchAsync(CallId call, int offset) => (await node.StartedAsync()).Fetch(call, offset);

    public async Task<CallReply> FindAsync(CallId call, bool refuse) => (await node.StartedAsync()).Find(call, refuse);

    public async Task StopAsync(CallId call, StopRequest stop) => (await node.StartedAsync()).Stop(call, stop);

    public async Task DetachAsync(CallId call) => (await node.StartedAsync()).Detach(call);

    public async Task<InventoryReply> InventoryAsync(InventoryRequest request) => (await node.StartedAsync()).Inventory(request);

    public async Task<ReconcileReply> ReconcileAsync(ReconcileRequest request) => (await node.StartedAsync()).Reconcile(request);

    public async Task<int> KillAsync(KillRequest request) => (await node.StartedAsync()).Kill(request);

    public async Task<NodeLoad> GetLoadAsync() => (await node.StartedAsync()).Load;

    public Task PublishAsync(NodeLoad load)
    {
        loads.Set(load);
        return Task.CompletedTask;
    }
}
