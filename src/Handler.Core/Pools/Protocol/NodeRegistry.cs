namespace Handler.Pools;

/// <summary>
/// The node's books: which leases it has accepted, what it has asked for, and the newest epoch that it has seen of each pool. It has the
/// last word: whatever pools believe, nothing runs that is not entered here. Pure accounting.
/// </summary>
/// <param name="limits">The hard limit of the node itself.</param>
internal sealed class NodeRegistry(PoolLimits limits)
{
    private readonly LeaseTable _leases = new();
    private readonly HashSet<JobId> _known = [];
    private readonly Dictionary<string, SeenPool> _pools = new(StringComparer.Ordinal);

    // Leases that came the same way share their chain; one that was found good stays so until an epoch goes up.
    private PoolChain? _good;

    public PoolLimits Limits { get; set; } = limits;

    public int Running => _leases.Count;

    public long RunningBytes { get; private set; }

    public IReadOnlyCollection<Lease> Leases => _leases;

    /// <summary>The newest epoch seen of a pool; 0 for a pool that the node has not met.</summary>
    public long EpochOf(string pool) => _pools.TryGetValue(pool, out var seen) ? seen.Epoch : 0;

    /// <summary>What this node has seen of a pool: always the same object for the same pool.</summary>
    public SeenPool Of(string pool)
    {
        if (!_pools.TryGetValue(pool, out var seen))
            _pools.Add(pool, seen = new SeenPool());
        return seen;
    }

    /// <summary>A pool was heard of. From now on leases of older epochs are refused.</summary>
    public void See(string pool, long epoch) => See(Of(pool), epoch);

    /// <summary>The epoch was read from storage, after this node had joined.</summary>
    public void Learn(string pool, long epoch)
    {
        var seen = Of(pool);
        See(seen, epoch);
        seen.IsLearned = true;
    }

    /// <summary>
    /// A pool of the chain whose epoch this node has not yet read from storage. A node that has just joined was not asked by the newest
    /// activation, and an older one may be the first that it hears of: before it has read the epoch itself it cannot tell old from new.
    /// </summary>
    public string? FirstUnknown(PoolChain chain)
    {
        if (ReferenceEquals(chain, _good))
            return null;
        for (var link = chain; link is not null; link = link.Above)
        {
            if (!Of(link.Pool).IsLearned)
                return link.Pool;
        }

        return null;
    }

    /// <summary>
    /// A job is known, though no lease of it is entered: from the moment a pool is asked until the answer is dealt with or nobody waits for it any more; and while its lease is being given
    /// back, for a pool that took the share for forgotten would count the job as lost.
    /// </summary>
    public void BeginKnowing(JobId job) => _known.Add(job);

    public void EndKnowing(JobId job) => _known.Remove(job);

    /// <summary>Enters a lease, if it is good and the node has room. All its pools must be known.</summary>
    public EnterResult TryEnter(Lease lease)
    {
        if (!IsGood(lease.Chain))
            return EnterResult.Stale;
        if (_leases.Count >= Limits.MaxWorkers)
            return EnterResult.NoWorkers;
        if (RunningBytes + lease.Bytes > Limits.MaxMemoryBytes)
            return EnterResult.NoMemory;
        _leases.Add(lease);
        RunningBytes += lease.Bytes;
        for (var link = lease.Chain; link is not null && !ReferenceEquals(lease.Chain, _good); link = link.Above)
            See(link.Pool, link.Epoch);
        _good = lease.Chain;
        return EnterResult.Accepted;
    }

    /// <summary>The job has ended: it is not in any inventory from now on.</summary>
    public bool Remove(Lease lease)
    {
        if (!_leases.Remove(lease))
            return false;
        RunningBytes -= lease.Bytes;
        return true;
    }

    public Lease? Find(JobId job) => _leases.Find(job);

    /// <summary>The jobs that run here for a pool and are meant.</summary>
    public List<JobId> Find(string pool, KillTarget target)
        => [.. _leases.Where(lease => (target.Job ?? lease.Job) == lease.Job && (target.Name ?? lease.Name) == lease.Name && lease.Chain.Contains(pool)).Select(lease => lease.Job)];

    /// <summary>What runs here for a pool, whether it was asked directly or by a child.</summary>
    public List<InventoryItem> Inventory(string pool)
    {
        var found = new List<InventoryItem>();
        foreach (var lease in _leases)
        {
            if (lease.Chain.From(pool) is { } link)
                found.Add(new InventoryItem(lease.Job, link.Route, lease.Name, lease.Bytes, link.Above));
        }

        return found;
    }

    /// <summary>Whether a job runs here with this share, or still may. It may run without: with a lease that came another way.</summary>
    public bool Knows(string pool, ShareId share)
        => _known.Contains(share.Job) || (Find(share.Job)?.Chain.From(pool) is { } link && link.Route == share.Route);

    private void See(SeenPool seen, long epoch)
    {
        if (seen.Epoch >= epoch)
            return;
        seen.Epoch = epoch;
        _good = null;
    }

    /// <summary>Whether no activation is known to be newer than those that gave these shares.</summary>
    public bool IsGood(PoolChain chain)
    {
        if (ReferenceEquals(chain, _good))
            return true;
        for (var link = chain; link is not null; link = link.Above)
        {
            if (link.Epoch < EpochOf(link.Pool))
                return false;
        }

        return true;
    }
}
