namespace Handler.Pools;

/// <summary>A request on its way through a pool: it waits for room, or for the parents' answer.</summary>
internal sealed class PendingAcquire(AcquireRequest request, long since)
{
    public AcquireRequest Request { get; } = request;

    /// <summary>When it came, a timestamp.</summary>
    public long Since { get; } = since;

    /// <summary>What it will be answered; a request that comes twice gets the same answer.</summary>
    public Task<AcquireReply> Reply { get; set; } = null!;

    /// <summary>Whoever asked takes no interest any more.</summary>
    public bool Withdrawn { get; set; }

    /// <summary>The parent that is being asked, if one is, and the route to it.</summary>
    public string? Parent { get; set; }

    public ulong ParentRoute { get; set; }

    /// <summary>Whether the pool has got other parents since this one was asked: then the new ones are asked, and what this one gives goes back.</summary>
    public bool AsksFormerParent { get; set; }

    /// <summary>How many times that has happened: each question to a parent has a route of its own.</summary>
    public int Moves { get; set; }

    /// <summary>While it waits, for room or for a selector: completed with true when it has its share, with false when it is not to have one.</summary>
    public TaskCompletionSource<bool>? Turn { get; set; }

    public LinkedListNode<PendingAcquire>? Place { get; set; }

    /// <summary>Why it need not wait any longer: it would not be admitted further up.</summary>
    public Reject? Hopeless { get; set; }
}
