using Handler.Cluster;
using Handler.Pools;
using Orleans.Concurrency;
using Orleans.Services;

namespace Handler.Grains;

/// <summary>The node of one silo, as other silos reach it by the silo's address.</summary>
[Alias("handler.INodeService")]
internal interface INodeService : IGrainService
{
    [Alias("Exchange")]
    [ResponseTimeout(NodeTimings.LateArrivalTimeout)]
    Task<SessionReply> ExchangeAsync([Immutable] SessionMessage message);

    [Alias("Submit")]
    [ResponseTimeout(NodeTimings.LateArrivalTimeout)]
    Task<CallReply> SubmitAsync([Immutable] JobRequest request);

    [Alias("Watch")]
    Task<CallReply> WatchAsync(CallId call);

    [Alias("Fetch")]
    Task<ValuePart> FetchAsync(CallId call, int offset);

    [Alias("Find")]
    Task<CallReply> FindAsync(CallId call, bool refuse);

    [Alias("Stop")]
    Task StopAsync(CallId call, StopRequest stop);

    [Alias("Detach")]
    Task DetachAsync(CallId call);

    [Alias("Inventory")]
    Task<InventoryReply> InventoryAsync(InventoryRequest request);

    [Alias("Reconcile")]
    Task<ReconcileReply> ReconcileAsync(ReconcileRequest request);

    [Alias("Kill")]
    Task<int> KillAsync(KillRequest request);

    /// <summary>Another silo reports its load.</summary>
    [Alias("Publish")]
    [OneWay]
    Task PublishAsync(NodeLoad load);

    /// <summary>The node's load. A silo that has just started asks for it instead of waiting for the next report.</summary>
    [Alias("GetLoad")]
    Task<NodeLoad> GetLoadAsync();
}
