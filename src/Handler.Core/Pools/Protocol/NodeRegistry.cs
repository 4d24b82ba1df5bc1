namespace Handler.Pools;

/// <summary>
/// The node's books: which leases it has accepted, what it has asked for, and the newest epoch that it has seen of each pool. It has the
/// last word: whatever pools believe, only what is entered here runs. Pure accounting.
/// </summary>
internal sealed class NodeRegistry
{
    private readonly Dictionary<JobId, Lease> leases = [];
    private readonly HashSet<JobId> known = [];
    private readonly Dictionary<string, SeenPool> pools = new(StringComparer.Ordinal);

    // Leases that came by the same path share their chain object. A chain that was found good stays good until an epoch is raised.
    private PoolChain? good;

    public IReadOnlyCollection<Lease> Leases => leases.Values;

    /// <summary>The newest epoch seen of a pool; 0 for a pool that the node has not seen yet.</summary>
    public long EpochOf(string pool) => pools.TryGetValue(pool, out var seen) ? seen.Epoch : 0;

    /// <summary>An epoch of a pool was seen. From now on leases of older epochs are refused.</summary>
    public void See(string pool, long epoch) => See(Of(pool), epoch);

    /// <summary>The epoch was read from storage, after this node had joined.</summary>
    public void Learn(string pool, long epoch)
    {
        var seen = Of(pool);
        See(seen, epoch);
        seen.IsLearned = true;
    }

    /// <summary>
    /// A pool of the chain whose epoch this node has not yet read from storage. The newest activation did not ask a node that has just
    /// joined, and an older one may be the first that the node hears of. Until it has read the epoch itself, it cannot tell old from new.
    /// </summary>
    public string? FirstUnknown(PoolChain chain)
    {
        if (ReferenceEquals(chain, good))
            return null;
        for (var link = chain; link is not null; link = link.Above)
        {
            if (!Of(link.Pool).IsLearned)
                return link.Pool;
        }

        return null;
    }

    /// <summary>
    /// Marks a job as known although no lease of it is entered. That is so from the moment a pool is asked until the reply is handled or no
    /// longer awaited. It is also so while its lease is being released: a pool that believed the share forgotten would count the job as
    /// lost.
    /// </summary>
    public void BeginKnowing(JobId job) => known.Add(job);

    public void EndKnowing(JobId job) => known.Remove(job);

    /// <summary>
    /// Enters a lease. Returns <see langword="false"/> if a pool of its chain has a newer activation, which does not know this lease. The
    /// epochs of all its pools must have been read.
    /// </summary>
    public bool TryEnter(Lease lease)
    {
        if (!IsGood(lease.Chain))
            return false;
        leases.Add(lease.Job, lease);
        for (var link = lease.Chain; link is not null && !ReferenceEquals(lease.Chain, good); link = link.Above)
            See(link.Pool, link.Epoch);
        good = lease.Chain;
        return true;
    }

    /// <summary>The job has ended: from now on it is in no inventory.</summary>
    public bool Remove(Lease lease) => Find(lease.Job) == lease && leases.Remove(lease.Job);

    public Lease? Find(JobId job) => leases.GetValueOrDefault(job);

    /// <summary>The jobs that run here for a pool and match the target.</summary>
    public List<JobId> Find(string pool, KillTarget target)
        => [
            .. leases
                .Values.Where(lease =>
                    (target.Job ?? lease.Job) == lease.Job && (target.Name ?? lease.Name) == lease.Name && lease.Chain.Contains(pool))
                .Select(lease => lease.Job),
        ];

    /// <summary>What runs here for a pool, whether the pool was asked directly or by a child.</summary>
    public List<InventoryItem> Inventory(string pool)
    {
        var found = new List<InventoryItem>();
        foreach (var lease in leases.Values)
        {
            if (lease.Chain.From(pool) is { } link)
                found.Add(new InventoryItem(lease.Job, link.Route, lease.Name, lease.Bytes, link.Above, lease.Chain.PathTo(link)));
        }

        return found;
    }

    /// <summary>
    /// Whether a job runs here with this share, or still may. The job may also run with a lease that came by another route; the share is
    /// unknown then.
    /// </summary>
    public bool Knows(string pool, ShareId share)
        => known.Contains(share.Job) || (Find(share.Job)?.Chain.From(pool) is { } link && link.Route == share.Route);

    private SeenPool Of(string pool)
    {
        if (!pools.TryGetValue(pool, out var seen))
            pools.Add(pool, seen = new SeenPool());
        return seen;
    }

    private void See(SeenPool seen, long epoch)
    {
        if (seen.Epoch >= epoch)
            return;
        seen.Epoch = epoch;
        good = null;
    }

    /// <summary>Whether no activation is known to be newer than those that granted these shares.</summary>
    public bool IsGood(PoolChain chain)
    {
        if (ReferenceEquals(chain, good))
            return true;
        for (var link = chain; link is not null; link = link.Above)
        {
            if (link.Epoch < EpochOf(link.Pool))
                return false;
        }

        return true;
    }
}
