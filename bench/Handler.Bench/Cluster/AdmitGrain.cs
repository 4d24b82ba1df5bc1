using Orleans.Concurrency;

namespace Handler.Bench.Cluster;

/// <summary>Passes calls on, like the grain that takes jobs.</summary>
[StatelessWorker(maxLocalWorkers: 1)]
[Reentrant]
internal sealed class AdmitGrain(Admitter admitter) : Grain, IAdmitGrain
{
    public async Task<int> AdmitAsync(int levels)
    {
        await admitter.AdmitAsync(levels == 1 ? "one" : "first");
        return levels;
    }
}
