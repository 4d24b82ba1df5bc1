namespace Handler.Cluster;

/// <summary>The result of a change.</summary>
/// <param name="Done">Whether the change was made. If it was not and there are no errors, the pool already existed, is gone, or has changed
/// meanwhile.</param>
/// <param name="Errors">Why the configuration is refused, one sentence per error.</param>
internal sealed record PoolChange(bool Done, IReadOnlyList<string> Errors);
