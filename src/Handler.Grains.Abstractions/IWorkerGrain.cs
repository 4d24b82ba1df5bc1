using Handler.Pools;
using Handler.Remote;

namespace Handler.Grains;

/// <summary>
/// A client's way to the nodes. Stateless: each silo has its own of every key, and the silo that a call arrives at is the first choice to run the job. A client
/// stays with one silo per key, so it spreads its calls over <see cref="Keys"/>.
/// </summary>
[Alias("handler.IWorkerGrain")]
internal interface IWorkerGrain : IGrainWithIntegerKey
{
    /// <summary>So many keys there are: enough that they spread evenly over the gateways of any usual cluster.</summary>
    public const int Keys = 64;

    /// <inheritdoc cref="ICluster.SubmitAsync"/>
    [Alias("Submit")]
    [ResponseTimeout(NodeTimings.LegTimeout)]
    Task<CallReply> SubmitAsync([Immutable] JobRequest request);

    /// <inheritdoc cref="ICluster.WatchAsync"/>
    [Alias("Watch")]
    [ResponseTimeout(NodeTimings.LegTimeout)]
    Task<CallReply> WatchAsync(NodeId node, CallId call);

    /// <inheritdoc cref="ICluster.FindAsync"/>
    [Alias("Find")]
    [ResponseTimeout(NodeTimings.LegTimeout)]
    Task<FindReply> FindAsync(CallId call);

    /// <inheritdoc cref="ICluster.StopAsync"/>
    [Alias("Stop")]
    [ResponseTimeout(NodeTimings.LegTimeout)]
    Task StopAsync(CallId call, Stop stop);

    /// <inheritdoc cref="ICluster.DetachAsync"/>
    [Alias("Detach")]
    [ResponseTimeout(NodeTimings.LegTimeout)]
    Task DetachAsync(NodeId node, CallId call);

    /// <summary>The books of all nodes that answer within a second.</summary>
    [Alias("GetRecords")]
    [ResponseTimeout(NodeTimings.LegTimeout)]
    Task<NodeRecords[]> GetRecordsAsync();
}
