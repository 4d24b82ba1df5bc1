namespace Handler.Cluster.Tests;

/// <summary>
/// The cluster that the tests share, because starting one takes seconds. Each test finds it healthy and may leave it in any state.
/// </summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private SiloCluster? cluster;

    /// <summary>The cluster, with this number of silos, all healthy.</summary>
    internal async Task<SiloCluster> HealAsync(int silos)
    {
        cluster ??= await SiloCluster.StartAsync(silos);
        await cluster.HealAsync(silos);
        return cluster;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (cluster is not null)
            await cluster.DisposeAsync();
    }
}
