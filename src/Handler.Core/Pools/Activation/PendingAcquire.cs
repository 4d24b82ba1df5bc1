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
    /// Whether what this parent grants no longer counts, and is released: the pool has other parents now, or the share has been returned.
    /// </summary>
    public bool AsksInVain { get; set; }

    /// <summary>How many times it had to be repeated: each request to a parent has a separate route.</summary>
    public int Moves { get; set; }

    /// <summary>
    /// While it waits for room or for a selector: completed with true when it has its share, with false when it will not get one.
    /// </summary>
    public TaskCompletionSource<bool>? Turn { get; set; }

    /// <summary>How much longer it may wait for room.</summary>
    public TimeSpan WaitLeft(TimeProvider time)
    {
        var left = Request.Wait - time.GetElapsedTime(Since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public override bool TryEndWaiting(bool hasShare) => Turn!.TrySetResult(hasShare);
}
