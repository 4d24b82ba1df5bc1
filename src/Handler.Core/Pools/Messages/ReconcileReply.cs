namespace Handler.Pools;

/// <summary>Those shares with which the node neither runs a job nor ever will.</summary>
internal sealed record ReconcileReply(long Epoch, IReadOnlyList<ShareId> Unknown);
