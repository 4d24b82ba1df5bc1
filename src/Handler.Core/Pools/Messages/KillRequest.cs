namespace Handler.Pools;

/// <summary>A pool tells a node to kill jobs. The id makes it harmless to send it twice.</summary>
/// <param name="Id">Identifies the kill.</param>
/// <param name="Pool">The pool in which the jobs count.</param>
/// <param name="Jobs">Which jobs; <see langword="null"/> if the pool does not know them: the node then looks for the target itself.</param>
/// <param name="Target">The target of the kill.</param>
/// <param name="Reason">The reason that the callers get.</param>
internal sealed record KillRequest(Guid Id, string Pool, IReadOnlyList<JobId>? Jobs, KillTarget Target, string Reason);
