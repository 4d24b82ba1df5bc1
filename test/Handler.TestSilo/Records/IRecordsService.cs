using Handler.Cluster;
using Orleans.Services;

namespace Handler.TestSilo;

/// <summary>The books of the node of one silo, as other silos read them.</summary>
[Alias("handler.test.IRecordsService")]
internal interface IRecordsService : IGrainService
{
    [Alias("GetRecords")]
    Task<NodeRecords> GetRecordsAsync();
}
