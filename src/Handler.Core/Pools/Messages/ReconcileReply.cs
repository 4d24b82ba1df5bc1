namespace Handler.Pools;

/// <summary>The shares for which the node neither runs a job nor ever will.</summary>
internal sealed record ReconcileReply(long Epoch, IReadOnlyList<ShareId> Unknown);
