namespace Handler.Tests;

/// <summary>Tests that measure time, count what this process owns, or load every processor. They run alone, after all others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
