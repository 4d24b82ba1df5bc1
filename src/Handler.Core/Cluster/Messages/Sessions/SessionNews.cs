namespace Handler.Cluster;

/// <summary>What a node tells a client about one of its calls.</summary>
/// <param name="Call">The call.</param>
/// <param name="Reply">How far it is.</param>
internal readonly record struct SessionNews(CallId Call, CallReply Reply);
