using System.Security.Cryptography;
using Handler.Grains.Pools;
using Handler.Pools;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Handler.Bench.Cluster;

/// <summary>Gets leases from a pool and gives them back, as a silo's node does for its jobs, without a job.</summary>
public interface IAdmitGrain : IGrainWithIntegerKey
{
    Task AdmitAsync(string pool);
}

/// <summary>The node's side of the protocol, in a grain's turns.</summary>
[StatelessWorker(maxLocalWorkers: 1)]
[Reentrant]
public sealed class AdmitGrain : Grain, IAdmitGrain, INodeJobs
{
    private readonly NodeActor node;

    public AdmitGrain(ILocalSiloDetails silo, IServiceProvider services)
    {
        var ports = new NodePorts { Pools = new CombinedPools(services.GetRequiredService<GrainPools>(), TimeProvider.System), Store = services.GetRequiredService<GrainPoolStore>(), Jobs = this };
        var scope = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        node = new NodeActor(new NodeId(silo.SiloAddress.ToParsableString()), scope, PoolLimits.Unlimited, ports);
    }

    /// <inheritdoc/>
    public async Task AdmitAsync(string pool)
    {
        var admission = await node.AdmitAsync(new AdmissionRequest { Pool = pool, Bytes = 1 << 20, PoolTimeout = TimeSpan.FromSeconds(5) });
        if (admission.Lease is not { } lease)
            throw new InvalidOperationException($"Pool {pool} rejects: {admission.Reject}");
        if (!await node.EndAsync(lease, LeaseEnding.Completed))
            throw new InvalidOperationException($"Pool {pool} does not acknowledge.");
    }

    void INodeJobs.Kill(JobId job, string reason) => throw new InvalidOperationException("Nobody kills here.");
}
