namespace Handler.Cluster;

/// <summary>What the whole cluster knows of a call.</summary>
/// <param name="Reply">The reply of the node that has the call; <see langword="null"/> if none has it. If the request asked for that, all
/// of them refuse it from then on.</param>
/// <param name="SinceLastDeath">How long ago the last node died; <see langword="null"/> if none is known to have died.</param>
internal sealed record FindReply(CallReply? Reply, TimeSpan? SinceLastDeath);
