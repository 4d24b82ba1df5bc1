namespace Handler.Cluster.Tests;

/// <summary>Tests that need the whole machine. The others run in parallel, because they mostly wait.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
