namespace Handler.Pools;

/// <summary>
/// Leases whose jobs have ended and which are not given back yet. Any thread adds; they are taken all at once, the first first. A list through the leases themselves: an end
/// touches the lease, which its thread has at hand, and one word that it shares with others.
/// </summary>
internal sealed class EndedLeases
{
    private Lease? _last;

    /// <summary>Adds one; a second time it is not added. Whatever this thread reads afterwards, it reads after that.</summary>
    /// <returns>How many there are.</returns>
    public int Add(Lease lease, LeaseEnding ending)
    {
        if (!lease.TryEnd(ending))
            return 0;
        while (true)
        {
            var before = Volatile.Read(ref _last);
            lease.EndedBefore = before;
            lease.EndedNumber = (before?.EndedNumber ?? 0) + 1;
            if (Interlocked.CompareExchange(ref _last, lease, before) == before)
                return lease.EndedNumber;
        }
    }

    /// <summary>Takes what there is. Each leads to the next by <see cref="Lease.EndedBefore"/>, which is to be cleared.</summary>
    /// <returns>The one that was added first; <see langword="null"/> when there is none.</returns>
    public Lease? TakeAll()
    {
        if (Volatile.Read(ref _last) is null)
            return null;
        Lease? first = null;
        for (var lease = Interlocked.Exchange(ref _last, null); lease is not null;)
        {
            var before = lease.EndedBefore;
            lease.EndedBefore = first;
            first = lease;
            lease = before;
        }

        return first;
    }
}
