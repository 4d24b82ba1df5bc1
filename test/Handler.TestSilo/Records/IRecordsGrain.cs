using Handler.Cluster;
using Handler.Grains;

namespace Handler.TestSilo;

/// <summary>Returns the books of all nodes to the auditor of a test.</summary>
[Alias("handler.test.IRecordsGrain")]
internal interface IRecordsGrain : IGrainWithIntegerKey
{
    /// <summary>Does nothing. Each silo makes the first call itself, like those of <see cref="IWorkerGrain.Keys"/>.</summary>
    [Alias("Ping")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task PingAsync();

    /// <summary>The records of all nodes that reply within a second.</summary>
    [Alias("GetRecords")]
    [ResponseTimeout(NodeTimings.LongPollTimeout)]
    [AnyGateway]
    Task<NodeRecords[]> GetRecordsAsync();
}
