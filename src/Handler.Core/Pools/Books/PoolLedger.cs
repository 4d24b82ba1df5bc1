namespace Handler.Pools;

/// <summary>
/// The shares of one pool: pure accounting. A share is first held (the parents are being asked), then committed (the job
/// may run), and released once; both count as used. Every operation takes the same time however many shares there are,
/// except for those that return a list.
/// </summary>
/// <remarks>
/// A custom hash table whose entries hold everything that an admission and a release have to touch. On a busy node these run on different
/// processors, and each cache line that both write moves between them. A dictionary beside the entries doubled the number of lines; see
/// docs/decisions/0013-one-step-admission.md.
/// </remarks>
internal sealed class PoolLedger(PoolLimits limits)
{
    private const int None = -1;

    // The place that became free last is taken next, so shares that come and go use the same memory however many shares there are.
    private readonly Dictionary<string, List<int>> _named = new(StringComparer.Ordinal);
    private Entry[] _entries = new Entry[4];
    private JobBuckets _buckets = new(4);
    private int[] _first = NoneIn(new JobBuckets(4)); // by bucket, the place of the first of its shares; each names the next
    private int _count;
    private int _end; // places from here on have never been used
    private int _free = None; // the first of those that are free again; each names the next
    private List<int>? _spare; // reused, so that no new list is allocated for each job where only one job at a time has a name
    private long _turns;

    public PoolLimits Limits { get; set; } = limits;

    /// <summary>
    /// Shares in use, including held ones. More than <see cref="Limits"/> only after these were lowered or shares restored.
    /// </summary>
    public int UsedWorkers => _count;

    public long UsedBytes { get; private set; }

    /// <summary>The part of <see cref="UsedWorkers"/> that is not committed.</summary>
    public int HeldWorkers { get; private set; }

    public long HeldBytes { get; private set; }

    /// <summary>Whether a job of this size fits now, and what is missing otherwise. Workers are checked first.</summary>
    public HoldResult Check(long bytes)
    {
        if (UsedWorkers >= Limits.MaxWorkers)
            return HoldResult.NoWorkers;
        return UsedBytes + bytes > Limits.MaxMemoryBytes ? HoldResult.NoMemory : HoldResult.Held;
    }

    /// <summary>Takes a share, if it fits.</summary>
    /// <param name="share">What to take; its bytes must not be negative.</param>
    /// <param name="committed">Whether no parent has to accept.</param>
    public HoldResult TryHold(in ShareRequest share, bool committed = false)
    {
        var result = Check(share.Bytes);
        if (result != HoldResult.Held)
            return Find(share.Job) != None ? HoldResult.Present : result;
        return Add(share, committed, null) ? HoldResult.Held : HoldResult.Present;
    }

    /// <summary>Enters a committed share, whether or not it fits. Returns whether the job had none.</summary>
    public bool Enter(in ShareRequest share, PoolChain? above) => Add(share, committed: true, above);

    /// <summary>
    /// Commits a share after the parents have accepted. Returns <see langword="false"/> if the share was released meanwhile.
    /// </summary>
    /// <param name="job">The job that holds the share.</param>
    /// <param name="above">The parents' part of the lease.</param>
    public bool Commit(JobId job, PoolChain? above)
    {
        var place = Find(job);
        if (place == None)
            return false;
        ref var entry = ref _entries[place];
        if (!entry.Committed)
        {
            HeldWorkers--;
            HeldBytes -= entry.Request.Bytes;
        }

        entry.Committed = true;
        entry.Above = above;
        return true;
    }

    /// <summary>Releases a share. Returns <see langword="false"/>, and does nothing, if the job holds none by this route.</summary>
    /// <param name="job">The job that holds the share.</param>
    /// <param name="route">The route by which the share was requested.</param>
    /// <param name="freed">The released share.</param>
    public bool Release(JobId job, ulong route, out ReleasedShare freed)
    {
        freed = default;
        ref var link = ref _first[_buckets.Of(job)];
        while (link != None && _entries[link].Request.Job != job)
            link = ref _entries[link].Next;
        if (link == None)
            return false;
        var place = link;
        ref var entry = ref _entries[place];
        if (entry.Request.Route != route)
            return false;
        link = entry.Next;
        _count--;
        freed = new ReleasedShare(entry.Committed, entry.Above);
        UsedBytes -= entry.Request.Bytes;
        if (!entry.Committed)
        {
            HeldWorkers--;
            HeldBytes -= entry.Request.Bytes;
        }

        if (entry.Request.Name is { } name)
            RemoveName(name, entry.PlaceByName);
        entry.Request = default;
        entry.Above = null;
        entry.Taken = false;
        entry.Next = _free;
        _free = place;
        return true;
    }

    public bool TryGet(JobId job, out Share share)
    {
        var place = Find(job);
        share = place != None ? _entries[place].ToShare() : default;
        return place != None;
    }

    /// <summary>All shares, in no particular order.</summary>
    public IEnumerable<Share> All() => _entries.Take(_end).Where(entry => entry.Taken).Select(entry => entry.ToShare());

    /// <summary>The shares of the jobs with this name, in no particular order.</summary>
    public List<Share> Named(string name) => _named.TryGetValue(name, out var places) ? [.. places.Select(place => _entries[place].ToShare())] : [];

    /// <summary>The shares of a node.</summary>
    public List<Share> Of(NodeId node) => [.. All().Where(share => share.Request.Node == node)];

    /// <summary>The shares that were taken before this moment, by their nodes.</summary>
    public ILookup<NodeId, Share> ByNode(long before) => All().Where(share => share.Request.Since < before).ToLookup(share => share.Request.Node);

    /// <summary>
    /// Returns at most this many of the shares, starting with those about which the node was not asked for the longest time, and marks them
    /// as asked.
    /// </summary>
    public List<Share> TakeTurns(IEnumerable<Share> shares, int most)
    {
        _turns++;
        var taken = shares.OrderBy(share => share.AskedIn).Take(most).ToList();
        foreach (var each in taken)
        {
            if (Find(each.Request.Job) is var place and not None)
                _entries[place].AskedIn = _turns;
        }

        return taken;
    }

    private bool Add(in ShareRequest request, bool committed, PoolChain? above)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(request.Bytes);
        if (Find(request.Job) != None)
            return false;
        var place = TakePlace();
        ref var entry = ref _entries[place];
        ref var first = ref _first[_buckets.Of(request.Job)];
        entry.Next = first;
        first = place;
        _count++;
        entry.Taken = true;
        entry.Request = request;
        entry.Committed = committed;
        entry.Above = above;
        entry.AskedIn = 0;
        if (request.Name is { } name)
            entry.PlaceByName = AddName(name, place);
        UsedBytes += request.Bytes;
        if (!committed)
        {
            HeldWorkers++;
            HeldBytes += request.Bytes;
        }

        return true;
    }

    private int Find(JobId job)
    {
        var place = _first[_buckets.Of(job)];
        while (place != None && _entries[place].Request.Job != job)
            place = _entries[place].Next;
        return place;
    }

    private int TakePlace()
    {
        if (_free != None)
        {
            var place = _free;
            _free = _entries[place].Next;
            return place;
        }

        if (_end == _entries.Length)
            Grow();
        return _end++;
    }

    /// <summary>All places are taken.</summary>
    private void Grow()
    {
        Array.Resize(ref _entries, 2 * _end);
        _buckets = new JobBuckets(_entries.Length);
        _first = NoneIn(_buckets);
        for (var place = 0; place < _end; place++)
        {
            ref var first = ref _first[_buckets.Of(_entries[place].Request.Job)];
            _entries[place].Next = first;
            first = place;
        }
    }

    private static int[] NoneIn(JobBuckets buckets)
    {
        var first = new int[buckets.Count];
        Array.Fill(first, None);
        return first;
    }

    private int AddName(string name, int place)
    {
        if (!_named.TryGetValue(name, out var places))
        {
            _named.Add(name, places = _spare ?? []);
            _spare = null;
        }

        places.Add(place);
        return places.Count - 1;
    }

    /// <summary>Moves the last entry of that name to the removed one's place: no search, and only memory that is in use already.</summary>
    private void RemoveName(string name, int placeByName)
    {
        var places = _named[name];
        if (placeByName < places.Count - 1)
        {
            places[placeByName] = places[^1];
            _entries[places[placeByName]].PlaceByName = placeByName;
        }

        places.RemoveAt(places.Count - 1);
        if (places.Count == 0 && _named.Remove(name))
            _spare = places;
    }

    private struct Entry
    {
        public ShareRequest Request;
        public PoolChain? Above;
        public long AskedIn;

        /// <summary>Its index in the list of entries with the same name.</summary>
        public int PlaceByName;

        /// <summary>The next entry of its bucket; for a free entry, the next free one.</summary>
        public int Next;

        public bool Taken;
        public bool Committed;

        public readonly Share ToShare() => new(Request, Committed, Above, AskedIn);
    }
}
