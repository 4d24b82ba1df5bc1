using Handler.Pools;

namespace Handler.Embedded;

/// <summary>
/// Leases whose jobs have ended and which are not given back yet. Any thread adds; they are taken all at once. A list through the leases themselves: an end
/// touches the lease, which its thread has at hand, and two words beside each other that it shares with others.
/// </summary>
internal sealed class DeferredReleases
{
    private Lease? _last;
    private int _count;

    /// <summary>Adds one; a second time it is not added. Whatever this thread reads afterwards, it reads after that.</summary>
    /// <returns>About how many there are: those that are being added or taken at the same time may or may not count.</returns>
    public int Add(Lease lease, LeaseEnding ending)
    {
        if (!lease.TryEnd(ending))
            return 0;
        while (true)
        {
            var before = Volatile.Read(ref _last);
            lease.EndedBefore = before;
            if (Interlocked.CompareExchange(ref _last, lease, before) == before)
                return Interlocked.Increment(ref _count);
        }
    }

    /// <summary>Takes what there is. Each leads to the next by <see cref="Lease.EndedBefore"/>, which is to be cleared.</summary>
    /// <returns>The one that was added last; <see langword="null"/> when there is none.</returns>
    public Lease? TakeAll()
    {
        if (Volatile.Read(ref _last) is null)
            return null;
        Volatile.Write(ref _count, 0);
        return Interlocked.Exchange(ref _last, null);
    }
}
