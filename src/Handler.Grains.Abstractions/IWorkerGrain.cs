using Handler.Cluster;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Grains;

/// <summary>
/// The grain through which clients reach the nodes. It is a stateless worker: each silo has its own activation of every key. The silo at
/// which a call arrives is the first choice to run the job. A client uses the gateways of all silos in turn.
/// </summary>
[Alias("handler.IWorkerGrain")]
internal interface IWorkerGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// The number of keys, i.e. of activations per silo that pass calls on concurrently. Kept small because the first call of each key on a
    /// silo asks the grain directory, although there is nothing to find, and waits if that directory partition is on an unresponsive silo.
    /// Each silo therefore makes these first calls itself when it starts.
    /// </summary>
    public const int Keys = Tuning.Callers.WorkerKeys;

    /// <inheritdoc cref="ISessionLink.ExchangeAsync"/>
    /// <remarks>Messages with the same key go through the same gateway as long as that lives.</remarks>
    [Alias("Exchange")]
    [ResponseTimeout(NodeTimings.LateArrivalTimeout)]
    Task<SessionReply> ExchangeAsync(NodeId node, [Immutable] SessionMessage message);

    /// <summary>The same through any gateway.</summary>
    [Alias("ExchangeByAny")]
    [ResponseTimeout(NodeTimings.LateArrivalTimeout)]
    [AnyGateway]
    Task<SessionReply> ExchangeByAnyAsync(NodeId node, [Immutable] SessionMessage message);

    /// <inheritdoc cref="ISessionLink.GetNodesAsync"/>
    [Alias("GetNodes")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task<KnownNodes> GetNodesAsync();

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
    Task StopAsync(CallId call, StopRequest stop);

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
}
