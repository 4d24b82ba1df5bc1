namespace Handler.Cluster;

/// <summary>What is known of a call in the whole cluster.</summary>
/// <param name="Reply">The answer of the node that has the call; <see langword="null"/> when none has. All of them refuse it from then on.</param>
/// <param name="SinceLastDeath">How long ago a node died last; <see langword="null"/> if none is known to have.</param>
internal sealed record FindReply(CallReply? Reply, TimeSpan? SinceLastDeath);
