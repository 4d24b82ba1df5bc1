using Handler.Cluster;
using Handler.Grains.Nodes;
using Microsoft.Extensions.Logging;

namespace Handler.TestSilo;

/// <summary>Reads the books of this silo's node.</summary>
internal sealed class RecordsService(GrainId id, Orleans.Runtime.Silo silo, ILoggerFactory loggerFactory, SiloNode node)
    : GrainService(id, silo, loggerFactory), IRecordsService
{
    public async Task<NodeRecords> GetRecordsAsync() => (await node.StartedAsync()).Records();
}
