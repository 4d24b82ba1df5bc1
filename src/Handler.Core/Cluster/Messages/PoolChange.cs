namespace Handler.Cluster;

/// <summary>What became of a change.</summary>
/// <param name="Done">Whether it was made. Where it was not and there are no errors, the pool was there already, is gone, or has changed meanwhile.</param>
/// <param name="Errors">Why the configuration is refused, a sentence each.</param>
internal sealed record PoolChange(bool Done, IReadOnlyList<string> Errors);
