namespace Handler.Pools;

/// <summary>A pending request in a pool: it waits for room, or for the parents' reply.</summary>
internal sealed class PendingAcquire(AcquireRequest request, long since)
{
    public AcquireRequest Request { get; } = request;

    /// <summary>When it arrived, a timestamp.</summary>
    public long Since { get; } = since;

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

    public LinkedListNode<PendingAcquire>? Place { get; set; }

    /// <summary>Why it need not wait any longer: an ancestor would never admit it.</summary>
    public Reject? InfeasibleReject { get; set; }
}
