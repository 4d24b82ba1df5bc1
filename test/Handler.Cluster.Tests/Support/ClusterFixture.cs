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

/// <summary>Tests that need the whole machine. The others run in parallel, because they mostly wait.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}

/// <summary>The tests of the shared cluster.</summary>
[CollectionDefinition(Name)]
public sealed class OneCluster : ICollectionFixture<ClusterFixture>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "one cluster";
}

/// <summary>Tests that remove most of a cluster's silos and start others. That takes long, so they have their own cluster.</summary>
[CollectionDefinition(Name)]
public sealed class GrowingCluster : ICollectionFixture<ClusterFixture>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "growing cluster";
}
