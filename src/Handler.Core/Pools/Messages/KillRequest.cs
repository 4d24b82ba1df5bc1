namespace Handler.Pools;

/// <summary>A pool tells a node to kill jobs. The id makes it harmless to say so twice.</summary>
/// <param name="Id">Names the kill.</param>
/// <param name="Pool">The pool in which the jobs count.</param>
/// <param name="Jobs">Which jobs; <see langword="null"/> where the pool does not know them: then the node looks for the target itself.</param>
/// <param name="Target">What was asked for.</param>
/// <param name="Reason">What their callers are told.</param>
internal sealed record KillRequest(Guid Id, string Pool, IReadOnlyList<JobId>? Jobs, KillTarget Target, string Reason);
