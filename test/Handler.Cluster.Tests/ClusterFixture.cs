namespace Handler.Cluster.Tests;

/// <summary>The cluster that the tests share: starting one takes seconds. Each test finds it whole and leaves it as it likes.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private SiloCluster? cluster;

    /// <summary>The cluster, with so many silos, all of them well.</summary>
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

/// <summary>Tests that take the whole machine; the others run beside each other, for mostly they wait.</summary>
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

/// <summary>The tests that take most of a cluster's silos away and start others, which takes long: they have a cluster of their own.</summary>
[CollectionDefinition(Name)]
public sealed class GrowingCluster : ICollectionFixture<ClusterFixture>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "growing cluster";
}
