namespace Handler.Pools;

/// <summary>A pool asks a node which of these shares it knows.</summary>
internal sealed record ReconcileRequest(string Pool, long Epoch, IReadOnlyList<ShareId> Shares);
