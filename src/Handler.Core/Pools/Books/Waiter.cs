using Handler.FairShare;

namespace Handler.Pools;

/// <summary>A request that may wait for room in a pool.</summary>
internal abstract class Waiter(in AcquireRequest request, long since)
{
    public AcquireRequest Request { get; } = request;

    /// <summary>When it arrived, a timestamp.</summary>
    public long Since { get; } = since;

    /// <summary>The child in which it waits; <see langword="null"/> while it is not in the <see cref="WaitQueue"/>.</summary>
    public Branch<WaiterLevels>? Leaf { get; set; }

    /// <summary>Its place in the queue of that child.</summary>
    public LinkedListNode<Waiter>? Place { get; set; }

    /// <summary>Why it need not wait any longer: an ancestor would never admit it.</summary>
    public JobRejected? InfeasibleReject { get; set; }

    /// <summary>Ends the waiting: the request has its share, or will not get one.</summary>
    /// <returns><see langword="false"/> if the waiting had ended before, for example because its time was up.</returns>
    public abstract bool TryEndWaiting(bool hasShare);
}
