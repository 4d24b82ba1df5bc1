namespace Handler.Pools;

/// <summary>What became of a kill or flush.</summary>
/// <param name="Killed">How many jobs it killed.</param>
/// <param name="UnreachedNodes">How many nodes gave no answer; jobs there may have been killed without being counted.</param>
internal readonly record struct KillReply(int Killed, int UnreachedNodes);
