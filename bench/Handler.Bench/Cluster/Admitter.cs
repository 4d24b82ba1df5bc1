using System.Security.Cryptography;
using Handler.Grains.Pools;
using Handler.Pools;

namespace Handler.Bench.Cluster;

/// <summary>The node's side of the protocol, one per silo, with turns like those of <see cref="Handler.Cluster.ClusterNode"/>.</summary>
internal sealed class Admitter : INodeJobs
{
    private readonly TurnContext turns;
    private readonly NodeActor node;

    public Admitter(ILocalSiloDetails silo, GrainPools pools, ColocatedPools colocated, GrainPoolStore store)
    {
        turns = colocated.Turns;
        var ports = new NodePorts { Pools = pools, Store = store, Jobs = this };
        var scope = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        node = new NodeActor(new NodeId(silo.SiloAddress.ToParsableString()), scope, ports);
    }

    public async Task AdmitAsync(string pool)
    {
        ValueTask<Admission> admission;
        using (turns.Enter())
            admission = node.AdmitAsync(new AdmissionRequest { Pool = pool, Bytes = 1 << 20, PoolTimeout = TimeSpan.FromSeconds(5) });
        var (lease, reject) = await admission.ConfigureAwait(false);
        if (lease is null)
            throw new InvalidOperationException($"Pool {pool} rejects: {reject}");
        ValueTask<bool> end;
        using (turns.Enter())
            end = node.EndAsync(lease, LeaseOutcome.Completed);
        if (!await end.ConfigureAwait(false))
            throw new InvalidOperationException($"Pool {pool} does not acknowledge.");
    }

    void INodeJobs.Kill(JobId job, string reason) => throw new InvalidOperationException("No job is killed here.");
}
