namespace Handler.Cluster.Tests;

/// <summary>The tests of the shared cluster.</summary>
[CollectionDefinition(Name)]
public sealed class OneCluster : ICollectionFixture<ClusterFixture>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "one cluster";
}
