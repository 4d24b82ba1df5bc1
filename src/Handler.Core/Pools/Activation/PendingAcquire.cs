namespace Handler.Pools;

/// <summary>A pending request in a pool: it waits for room, for a selector, or for the parents' reply.</summary>
internal sealed class PendingAcquire(in AcquireRequest request, long since) : Waiter(request, since)
{
    /// <summary>Its reply; a request that arrives twice gets the same one.</summary>
    public Task<AcquireReply> Reply { get; set; } = null!;

    /// <summary>Whether the requester has withdrawn it.</summary>
    public bool Withdrawn { get; set; }

    /// <summary>The parent that is being asked, if one is, and the route to it.</summary>
    public string? Parent { get; set; }

    public ulong ParentRoute { get; set; }

    /// <summary>
    /// Whether the pool's parents have changed since this parent was asked. Then the new ones are asked, and what this one grants is
    /// released.
    /// </summary>
    public bool AsksFormerParent { get; set; }

    /// <summary>How many times that has happened: each request to a parent has a separate route.</summary>
    public int Moves { get; set; }

    /// <summary>
    /// While it waits for room or for a selector: completed with true when it has its share, with false when it will not get one.
    /// </summary>
    public TaskCompletionSource<bool>? Turn { get; set; }

    public override bool TryEndWaiting(bool hasShare) => Turn!.TrySetResult(hasShare);
}
