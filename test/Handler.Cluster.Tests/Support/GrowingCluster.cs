namespace Handler.Cluster.Tests;

/// <summary>Tests that remove most of a cluster's silos and start others. That takes long, so they have their own cluster.</summary>
[CollectionDefinition(Name)]
public sealed class GrowingCluster : ICollectionFixture<ClusterFixture>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "growing cluster";
}
