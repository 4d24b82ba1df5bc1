using Handler.Grains.Members;
using Handler.Pools;
using Orleans.Runtime.Services;

namespace Handler.TestSilo;

/// <summary>The books of all nodes, by the nodes' ids.</summary>
internal sealed class RecordsServices(IServiceProvider services) : GrainServiceClient<IRecordsService>(services)
{
    public IRecordsService this[NodeId node] => GetGrainService(Membership.SiloOf(node));
}
