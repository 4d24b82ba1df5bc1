namespace Handler.Cluster;

/// <summary>What a node tells a client about one of its calls.</summary>
/// <param name="Number">Counts the news of a session, from 1.</param>
/// <param name="Call">The call.</param>
/// <param name="Reply">How far it is.</param>
internal readonly record struct SessionNews(ulong Number, CallId Call, CallReply Reply);
