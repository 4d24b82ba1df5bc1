namespace Handler.Pools;

/// <summary>The result of killing jobs.</summary>
/// <param name="Killed">How many jobs it killed.</param>
/// <param name="UnreachedNodes">How many nodes did not reply; they may have killed jobs that are not counted.</param>
internal readonly record struct KillReply(int Killed, int UnreachedNodes);
