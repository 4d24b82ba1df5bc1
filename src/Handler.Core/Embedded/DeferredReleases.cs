using Handler.Pools;

namespace Handler.Embedded;

/// <summary>
/// Leases whose jobs have ended, but whose release is not yet entered in the books. Any thread may add a lease; all are taken together. The
/// leases form a linked list themselves. So ending a job touches only its lease, which the thread has in its cache, and two adjacent words
/// that are shared with other threads.
/// </summary>
internal sealed class DeferredReleases
{
    private Lease? last;
    private int count;

    /// <summary>
    /// Adds a lease, unless its end was already recorded. Later reads by this thread are not reordered before the addition.
    /// </summary>
    /// <returns>
    /// The approximate number of leases in the list; concurrent additions and removals may or may not be included. 0 if the lease was not
    /// added.
    /// </returns>
    public int Add(Lease lease, LeaseOutcome outcome)
    {
        if (!lease.TryEnd(outcome))
            return 0;
        while (true)
        {
            var before = Volatile.Read(ref last);
            lease.NextDeferred = before;
            if (Interlocked.CompareExchange(ref last, lease, before) == before)
                return Interlocked.Increment(ref count);
        }
    }

    /// <summary>Takes all leases. Each links to the next through <see cref="Lease.NextDeferred"/>, which the caller must clear.</summary>
    /// <returns>The lease that was added last; <see langword="null"/> if there is none.</returns>
    public Lease? TakeAll()
    {
        if (Volatile.Read(ref last) is null)
            return null;
        Volatile.Write(ref count, 0);
        return Interlocked.Exchange(ref last, null);
    }
}
