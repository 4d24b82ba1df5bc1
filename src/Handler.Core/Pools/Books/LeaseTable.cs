using System.Collections;

namespace Handler.Pools;

/// <summary>
/// Leases by their jobs: a hash table that links the leases themselves. Adding and removing touch only the lease, which is in the cache
/// anyway, and one bucket. The entries of a dictionary would be more memory that moves between processors (see <see cref="PoolLedger"/>).
/// </summary>
internal sealed class LeaseTable : IReadOnlyCollection<Lease>
{
    private JobBuckets buckets;
    private Lease?[] first; // by bucket; Lease.NextInTable links to the next one

    public LeaseTable()
    {
        buckets = new JobBuckets(16);
        first = new Lease?[buckets.Count];
    }

    public int Count { get; private set; }

    /// <summary>Adds a lease whose job is not in the table.</summary>
    public void Add(Lease lease)
    {
        if (Count == first.Length)
            Grow();
        Link(lease);
        Count++;
    }

    /// <summary>Returns whether the lease was in the table.</summary>
    public bool Remove(Lease lease)
    {
        ref var link = ref Bucket(lease.Job);
        while (link is { } other && other != lease)
            link = ref other.NextInTable;
        if (link is null)
            return false;
        link = lease.NextInTable;
        lease.NextInTable = null;
        Count--;
        return true;
    }

    public Lease? Find(JobId job)
    {
        var lease = Bucket(job);
        while (lease is not null && lease.Job != job)
            lease = lease.NextInTable;
        return lease;
    }

    public IEnumerator<Lease> GetEnumerator()
    {
        foreach (var head in first)
        {
            for (var lease = head; lease is not null; lease = lease.NextInTable)
                yield return lease;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ref Lease? Bucket(JobId job) => ref first[buckets.Of(job)];

    private void Link(Lease lease)
    {
        ref var head = ref Bucket(lease.Job);
        lease.NextInTable = head;
        head = lease;
    }

    private void Grow()
    {
        var all = this.ToArray();
        buckets = new JobBuckets(2 * first.Length);
        first = new Lease?[buckets.Count];
        foreach (var lease in all)
            Link(lease);
    }
}
