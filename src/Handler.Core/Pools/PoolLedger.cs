namespace Handler.Pools;

/// <summary>What became of an attempt to take a share.</summary>
internal enum HoldResult
{
    /// <summary>The share is held.</summary>
    Held,

    /// <summary>The job has a share already.</summary>
    Present,

    NoWorkers,

    NoMemory,
}

/// <summary>
/// Who holds how much of one pool: pure accounting. A share is first held (the parents are being asked), then committed (the job
/// may run), and released once; both count as used. Every operation takes the same time however many shares there are, but
/// for those that answer a list, which take time for each entry of it.
/// </summary>
internal sealed class PoolLedger(PoolLimits limits)
{
    private const int None = -1;

    private readonly Dictionary<JobId, int> _slotOfJob = [];
    private readonly ShareIndex<LinkByName> _byName = new();
    private readonly ShareIndex<LinkByNode> _byNode = new();
    private Share[] _slots = new Share[16];
    private int _slotsTouched;
    private int _firstFree = None;

    public PoolLimits Limits { get; set; } = limits;

    /// <summary>Shares in use, held ones included. More than <see cref="Limits"/> only after these were lowered or shares restored.</summary>
    public int UsedWorkers => _slotOfJob.Count;

    public long UsedBytes { get; private set; }

    /// <summary>The part of it that is not committed.</summary>
    public int HeldWorkers { get; private set; }

    public long HeldBytes { get; private set; }

    /// <summary>Whether a job of this size fits now, and what is missing otherwise. Workers are looked at first.</summary>
    public HoldResult Check(long bytes)
    {
        if (UsedWorkers >= Limits.MaxWorkers)
            return HoldResult.NoWorkers;
        return UsedBytes + bytes > Limits.MaxMemoryBytes ? HoldResult.NoMemory : HoldResult.Held;
    }

    /// <summary>Takes a share, if it fits.</summary>
    /// <param name="share">What to take; its bytes must not be negative.</param>
    public HoldResult TryHold(in ShareRequest share)
    {
        var result = Check(share.Bytes);
        if (result != HoldResult.Held)
            return _slotOfJob.ContainsKey(share.Job) ? HoldResult.Present : result;
        return Add(share, committed: false, null) ? HoldResult.Held : HoldResult.Present;
    }

    /// <summary>Enters what a node runs already, whether or not it fits. Answers whether it was new.</summary>
    public bool Restore(in ShareRequest share, PoolChain? above) => Add(share, committed: true, above);

    /// <summary>The parents said yes. Answers <see langword="false"/> when the share was released meanwhile.</summary>
    /// <param name="job">Whose share.</param>
    /// <param name="above">The parents' part of the lease.</param>
    public bool Commit(JobId job, PoolChain? above)
    {
        if (!_slotOfJob.TryGetValue(job, out var slot))
            return false;
        ref var share = ref _slots[slot];
        share.Above = above;
        if (!share.Committed)
        {
            share.Committed = true;
            HeldWorkers--;
            HeldBytes -= share.Request.Bytes;
        }

        return true;
    }

    /// <summary>Gives a share back. Answers <see langword="false"/>, and does nothing, when the job holds none by this route.</summary>
    public bool Release(JobId job, ulong route, out ShareInfo released)
    {
        if (!_slotOfJob.Remove(job, out var slot))
        {
            released = default;
            return false;
        }

        ref var share = ref _slots[slot];
        if (share.Request.Route != route)
        {
            _slotOfJob.Add(job, slot);
            released = default;
            return false;
        }

        released = share.Info;
        UsedBytes -= share.Request.Bytes;
        if (!share.Committed)
        {
            HeldWorkers--;
            HeldBytes -= share.Request.Bytes;
        }

        if (share.Request.Name is not null)
            _byName.Remove(_slots, slot);
        _byNode.Remove(_slots, slot);
        share = default;
        share.NextFree = _firstFree;
        _firstFree = slot;
        return true;
    }

    public bool TryGet(JobId job, out ShareInfo share)
    {
        if (_slotOfJob.TryGetValue(job, out var slot))
        {
            share = _slots[slot].Info;
            return true;
        }

        share = default;
        return false;
    }

    /// <summary>All shares, in no particular order.</summary>
    public IEnumerable<ShareInfo> All()
    {
        foreach (var slot in _slotOfJob.Values)
            yield return _slots[slot].Info;
    }

    /// <summary>The shares of the jobs that have this name.</summary>
    public List<ShareInfo> Named(string name)
    {
        var found = new List<ShareInfo>();
        for (var slot = _byName.First(name); slot != None; slot = ShareIndex<LinkByName>.Next(ref _slots[slot]))
            found.Add(_slots[slot].Info);
        return found;
    }

    /// <summary>The nodes that hold something.</summary>
    public List<NodeId> Nodes() => _byNode.Keys().ConvertAll(key => new NodeId(key));

    /// <summary>At most so many shares of a node that were taken before this moment, those first that were not asked for the longest.</summary>
    public List<ShareInfo> TakeTurns(NodeId node, int most, long before)
    {
        var found = new List<ShareInfo>();
        for (var left = _byNode.Count(node.Value); left > 0 && found.Count < most; left--)
        {
            var slot = _byNode.First(node.Value);
            if (_slots[slot].Request.Since < before)
                found.Add(_slots[slot].Info);
            _byNode.MoveToEnd(_slots, slot);
        }

        return found;
    }

    private bool Add(in ShareRequest request, bool committed, PoolChain? above)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(request.Bytes);
        var slot = _firstFree != None ? _firstFree : _slotsTouched;
        if (!_slotOfJob.TryAdd(request.Job, slot))
            return false;
        if (slot == _slotsTouched)
        {
            if (slot == _slots.Length)
                Array.Resize(ref _slots, slot * 2);
            _slotsTouched++;
        }
        else
        {
            _firstFree = _slots[slot].NextFree;
        }

        ref var share = ref _slots[slot];
        share.Request = request;
        share.Above = above;
        share.Committed = committed;
        UsedBytes += request.Bytes;
        if (!committed)
        {
            HeldWorkers++;
            HeldBytes += request.Bytes;
        }

        if (request.Name is not null)
            _byName.Add(_slots, slot, request.Name);
        _byNode.Add(_slots, slot, request.Node.Value);
        return true;
    }
}
