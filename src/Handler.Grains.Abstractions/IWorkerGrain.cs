using Handler.Cluster;
using Handler.Pools;

namespace Handler.Grains;

/// <summary>
/// A client's way to the nodes. Stateless: each silo has its own of every key, and the silo that a call arrives at is the first choice to run the job. A client takes
/// the gateways of all silos in turn.
/// </summary>
[Alias("handler.IWorkerGrain")]
internal interface IWorkerGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// So many keys there are: as many calls a silo can pass on at the same instant. Not more, for the first call of each key on a silo asks the grain directory, although there is nothing
    /// to be found, and waits where that part of it is on a silo that stands still. So each silo makes the first calls itself, when it starts.
    /// </summary>
    public const int Keys = 16;

    /// <inheritdoc cref="ICluster.SubmitAsync"/>
    [Alias("Submit")]
    [ResponseTimeout(NodeTimings.LateArrivalTimeout)]
    [AnyGateway]
    Task<CallReply> SubmitAsync([Immutable] JobRequest request);

    /// <inheritdoc cref="ICluster.WatchAsync"/>
    [Alias("Watch")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task<CallReply> WatchAsync(NodeId node, CallId call);

    /// <inheritdoc cref="ICluster.FetchAsync"/>
    [Alias("Fetch")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset);

    /// <inheritdoc cref="ICluster.FindAsync"/>
    [Alias("Find")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task<FindReply> FindAsync(CallId call, bool refuse);

    /// <inheritdoc cref="ICluster.StopAsync"/>
    [Alias("Stop")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task StopAsync(CallId call, Stop stop);

    /// <inheritdoc cref="ICluster.DetachAsync"/>
    [Alias("Detach")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task DetachAsync(NodeId node, CallId call);

    /// <summary>Does nothing; see <see cref="Keys"/>.</summary>
    [Alias("Ping")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task PingAsync();

    /// <summary>The books of all nodes that answer within a second.</summary>
    [Alias("GetRecords")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task<NodeRecords[]> GetRecordsAsync();
}
