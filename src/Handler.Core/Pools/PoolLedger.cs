using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
/// for those that answer a list.
/// </summary>
/// <remarks>One table and one sum for all that an admission and an end have to touch: on a busy node they happen on different processors, and each line of memory that both write travels between these.</remarks>
internal sealed class PoolLedger(PoolLimits limits)
{
    private readonly Dictionary<JobId, Entry> _entries = [];
    private readonly Dictionary<string, List<JobId>> _named = new(StringComparer.Ordinal);
    private List<JobId>? _spare; // where one job at a time has a name, no new list is made for each
    private long _turns;

    public PoolLimits Limits { get; set; } = limits;

    /// <summary>Shares in use, held ones included. More than <see cref="Limits"/> only after these were lowered or shares restored.</summary>
    public int UsedWorkers => _entries.Count;

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
            return _entries.ContainsKey(share.Job) ? HoldResult.Present : result;
        return Add(share, committed: false, null) ? HoldResult.Held : HoldResult.Present;
    }

    /// <summary>Enters what a node runs already, whether or not it fits. Answers whether it was new.</summary>
    public bool Restore(in ShareRequest share, PoolChain? above) => Add(share, committed: true, above);

    /// <summary>The parents said yes. Answers <see langword="false"/> when the share was released meanwhile.</summary>
    /// <param name="job">Whose share.</param>
    /// <param name="above">The parents' part of the lease.</param>
    public bool Commit(JobId job, PoolChain? above)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, job);
        if (Unsafe.IsNullRef(ref entry))
            return false;
        ref var share = ref entry.Share;
        if (!share.Committed)
        {
            HeldWorkers--;
            HeldBytes -= share.Request.Bytes;
        }

        share = share with { Committed = true, Above = above };
        return true;
    }

    /// <summary>Gives a share back. Answers <see langword="false"/>, and does nothing, when the job holds none by this route.</summary>
    public bool Release(JobId job, ulong route, out Share released)
    {
        released = default;
        if (!_entries.Remove(job, out var entry))
            return false;
        if (entry.Share.Request.Route != route)
        {
            _entries.Add(job, entry);
            return false;
        }

        released = entry.Share;

        UsedBytes -= released.Request.Bytes;
        if (!released.Committed)
        {
            HeldWorkers--;
            HeldBytes -= released.Request.Bytes;
        }

        if (released.Request.Name is { } name)
            RemoveName(name, entry.Place);
        return true;
    }

    public bool TryGet(JobId job, out Share share)
    {
        var found = _entries.TryGetValue(job, out var entry);
        share = entry.Share;
        return found;
    }

    /// <summary>All shares, in no particular order.</summary>
    public IEnumerable<Share> All() => _entries.Values.Select(entry => entry.Share);

    /// <summary>The shares of the jobs that have this name, in no particular order.</summary>
    public List<Share> Named(string name) => _named.TryGetValue(name, out var jobs) ? [.. jobs.Select(job => _entries[job].Share)] : [];

    /// <summary>The shares of a node.</summary>
    public List<Share> Of(NodeId node) => [.. All().Where(share => share.Request.Node == node)];

    /// <summary>The shares that were taken before this moment, by their nodes.</summary>
    public ILookup<NodeId, Share> ByNode(long before) => All().Where(share => share.Request.Since < before).ToLookup(share => share.Request.Node);

    /// <summary>At most so many of these shares, those first whose node was not asked about them for the longest; now it is.</summary>
    public List<Share> TakeTurns(IEnumerable<Share> shares, int most)
    {
        _turns++;
        var taken = shares.OrderBy(share => share.AskedIn).Take(most).ToList();
        foreach (var each in taken)
        {
            ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, each.Request.Job);
            if (!Unsafe.IsNullRef(ref entry))
                entry.Share = entry.Share with { AskedIn = _turns };
        }

        return taken;
    }

    private bool Add(in ShareRequest request, bool committed, PoolChain? above)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(request.Bytes);
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, request.Job, out var present);
        if (present)
            return false;
        entry.Share = new Share(request, committed, above);
        if (request.Name is { } name)
            entry.Place = AddName(name, request.Job);
        UsedBytes += request.Bytes;
        if (!committed)
        {
            HeldWorkers++;
            HeldBytes += request.Bytes;
        }

        return true;
    }

    private int AddName(string name, JobId job)
    {
        if (!_named.TryGetValue(name, out var jobs))
        {
            _named.Add(name, jobs = _spare ?? []);
            _spare = null;
        }

        jobs.Add(job);
        return jobs.Count - 1;
    }

    /// <summary>The last of that name takes the place of the one that goes: no search, and no memory that was not in use just now.</summary>
    private void RemoveName(string name, int place)
    {
        var jobs = _named[name];
        if (place < jobs.Count - 1)
        {
            jobs[place] = jobs[^1];
            CollectionsMarshal.GetValueRefOrNullRef(_entries, jobs[place]).Place = place;
        }

        jobs.RemoveAt(jobs.Count - 1);
        if (jobs.Count == 0 && _named.Remove(name))
            _spare = jobs;
    }

    private struct Entry
    {
        public Share Share;

        /// <summary>Where the job is in the list of those that have its name.</summary>
        public int Place;
    }
}
