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
    private readonly Dictionary<string, List<int>> named = new(StringComparer.Ordinal);
    private Entry[] entries = new Entry[4];
    private JobBuckets buckets = new(4);
    private int[] first = NoneIn(new JobBuckets(4)); // by bucket, the place of the first of its shares; each names the next
    private int count;
    private int end; // places from here on have never been used
    private int free = None; // the first of those that are free again; each names the next
    private List<int>? spare; // reused, so that no new list is allocated for each job where only one job at a time has a name
    private long turns;

    public PoolLimits Limits { get; set; } = limits;

    /// <summary>
    /// Shares in use, including held ones. More than <see cref="Limits"/> only after these were lowered or shares restored.
    /// </summary>
    public int UsedWorkers => count;

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
        ref var entry = ref entries[place];
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
        ref var link = ref first[buckets.Of(job)];
        while (link != None && entries[link].Request.Job != job)
            link = ref entries[link].Next;
        if (link == None)
            return false;
        var place = link;
        ref var entry = ref entries[place];
        if (entry.Request.Route != route)
            return false;
        link = entry.Next;
        count--;
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
        entry.Next = free;
        free = place;
        return true;
    }

    public bool TryGet(JobId job, out Share share)
    {
        var place = Find(job);
        share = place != None ? entries[place].ToShare() : default;
        return place != None;
    }

    /// <summary>All shares, in no particular order.</summary>
    public IEnumerable<Share> All() => entries.Take(end).Where(entry => entry.Taken).Select(entry => entry.ToShare());

    /// <summary>The shares of the jobs with this name, in no particular order.</summary>
    public List<Share> Named(string name) => named.TryGetValue(name, out var places) ? [.. places.Select(place => entries[place].ToShare())] : [];

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
        turns++;
        var taken = shares.OrderBy(share => share.AskedIn).Take(most).ToList();
        foreach (var each in taken)
        {
            if (Find(each.Request.Job) is var place and not None)
                entries[place].AskedIn = turns;
        }

        return taken;
    }

    private bool Add(in ShareRequest request, bool committed, PoolChain? above)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(request.Bytes);
        if (Find(request.Job) != None)
            return false;
        var place = TakePlace();
        ref var entry = ref entries[place];
        ref var head = ref first[buckets.Of(request.Job)];
        entry.Next = head;
        head = place;
        count++;
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
        var place = first[buckets.Of(job)];
        while (place != None && entries[place].Request.Job != job)
            place = entries[place].Next;
        return place;
    }

    private int TakePlace()
    {
        if (free != None)
        {
            var place = free;
            free = entries[place].Next;
            return place;
        }

        if (end == entries.Length)
            Grow();
        return end++;
    }

    /// <summary>All places are taken.</summary>
    private void Grow()
    {
        Array.Resize(ref entries, 2 * end);
        buckets = new JobBuckets(entries.Length);
        first = NoneIn(buckets);
        for (var place = 0; place < end; place++)
        {
            ref var head = ref first[buckets.Of(entries[place].Request.Job)];
            entries[place].Next = head;
            head = place;
        }
    }

    private static int[] NoneIn(JobBuckets buckets)
    {
        var none = new int[buckets.Count];
        Array.Fill(none, None);
        return none;
    }

    private int AddName(string name, int place)
    {
        if (!named.TryGetValue(name, out var places))
        {
            named.Add(name, places = spare ?? []);
            spare = null;
        }

        places.Add(place);
        return places.Count - 1;
    }

    /// <summary>Moves the last entry of that name to the removed one's place: no search, and only memory that is in use already.</summary>
    private void RemoveName(string name, int placeByName)
    {
        var places = named[name];
        if (placeByName < places.Count - 1)
        {
            places[placeByName] = places[^1];
            entries[places[placeByName]].PlaceByName = placeByName;
        }

        places.RemoveAt(places.Count - 1);
        if (places.Count == 0 && named.Remove(name))
            spare = places;
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
