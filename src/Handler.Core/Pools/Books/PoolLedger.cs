using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Handler.FairShare;

namespace Handler.Pools;

/// <summary>
/// The shares of one pool: pure accounting. A share is first held (the parents are being asked), then committed (the job
/// may run), and released once; both count as used. Every operation takes the same time however many shares there are,
/// except for those that return a list.
/// </summary>
internal sealed class PoolLedger : IReadOnlyPoolLedger
{
    private readonly FairTree<WaiterLevels> tree;
    private readonly Dictionary<JobId, Entry> entries = [];
    private readonly Dictionary<string, List<JobId>> named = new(StringComparer.Ordinal);
    private List<JobId>? spare; // reused, so that no new list is allocated for each job where only one job at a time has a name
    private long turns;

    /// <param name="limits">What the pool may admit.</param>
    /// <param name="tree">Counts what the children of the pool use.</param>
    public PoolLedger(PoolLimits limits, FairTree<WaiterLevels> tree)
    {
        this.tree = tree;
        Limits = limits;
    }

    /// <inheritdoc/>
    public PoolLimits Limits
    {
        get;
        set
        {
            if (field == value)
                return; // the tree forgets what was served when its capacity changes
            field = value;
            tree.SetCapacity(value.MaxWorkers, value.MaxMemoryBytes);
        }
    }

    /// <inheritdoc/>
    public int UsedWorkers => entries.Count;

    /// <inheritdoc/>
    public long UsedBytes { get; private set; }

    /// <inheritdoc/>
    public int HeldWorkers { get; private set; }

    /// <inheritdoc/>
    public long HeldBytes { get; private set; }

    /// <inheritdoc/>
    public KeptRoom? Kept { get; private set; }

    /// <summary>Sets what pools below this one are guaranteed. What they use already counts.</summary>
    public void SetGuarantees(GuaranteeList guarantees)
    {
        Kept = guarantees.IsEmpty ? null : new KeptRoom(guarantees);
        foreach (var entry in entries.Values)
            Kept?.Use(entry.Leaf.Path, 1, entry.Bytes);
    }

    /// <inheritdoc/>
    public HoldResult Check(PoolPath? from, long bytes)
    {
        if (UsedWorkers >= Limits.MaxWorkers)
            return HoldResult.NoWorkers;
        if (Kept is { } kept)
            return Check(kept.NeededBeyond(from, bytes), new Amount(UsedWorkers, UsedBytes), kept.Kept, bytes);
        return UsedBytes + bytes > Limits.MaxMemoryBytes ? HoldResult.NoMemory : HoldResult.Held;
    }

    /// <inheritdoc/>
    public HoldResult CheckFeasibility(PoolPath? from, long bytes)
    {
        if (!Limits.EverFits(bytes))
            return Limits.MaxWorkers < 1 ? HoldResult.NoWorkers : HoldResult.NoMemory;
        return Kept is { } kept ? Check(kept.LeastNeededBeyond(from, bytes), default, kept.Guaranteed, bytes) : HoldResult.Held;
    }

    /// <summary>Whether less is free than is kept, and more would be if a job of this path and size had no share.</summary>
    public bool LacksKeptRoom(PoolPath? from, long bytes)
    {
        if (Kept is not { } kept)
            return false;
        var freed = kept.FreedWithout(from, bytes);
        return (freed.Workers > 0 && UsedWorkers + kept.Kept.Workers > Limits.MaxWorkers)
            || (freed.Bytes > 0 && UsedBytes + kept.Kept.Bytes > Limits.MaxMemoryBytes);
    }

    /// <summary>Takes a share, if it fits.</summary>
    /// <param name="share">What to take; its bytes must not be negative.</param>
    /// <param name="committed">Whether no parent has to accept.</param>
    public HoldResult TryHold(in ShareRequest share, bool committed = false)
    {
        var result = Check(share.From, share.Bytes);
        if (result != HoldResult.Held)
            return entries.ContainsKey(share.Job) ? HoldResult.Present : result;
        return Add(share, committed, null) ? HoldResult.Held : HoldResult.Present;
    }

    /// <summary>Enters a committed share, whether or not it fits. Returns whether the job had none.</summary>
    public bool Enter(in ShareRequest share, PoolChain? above) => Add(share, committed: true, above);

    /// <summary>Counts memory that no job has reserved; a negative number is memory that is free again.</summary>
    public void UseBytes(long bytes) => UsedBytes += bytes;

    /// <summary>
    /// Commits a share after the parents have accepted. Returns <see langword="false"/> if the share was released meanwhile.
    /// </summary>
    /// <param name="job">The job that holds the share.</param>
    /// <param name="above">The parents' part of the lease.</param>
    public bool Commit(JobId job, PoolChain? above)
    {
        ref var entry = ref Find(job);
        if (Unsafe.IsNullRef(ref entry))
            return false;
        if (!entry.Committed)
        {
            HeldWorkers--;
            HeldBytes -= entry.Bytes;
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
        ref var entry = ref Find(job);
        if (Unsafe.IsNullRef(ref entry) || entry.Route != route)
            return false;
        freed = new ReleasedShare(entry.Committed, entry.Above, entry.Leaf, entry.Node);
        UsedBytes -= entry.Bytes;
        tree.Use(entry.Leaf, -1, -entry.Bytes);
        Kept?.Use(entry.Leaf.Path, -1, -entry.Bytes);
        if (!entry.Committed)
        {
            HeldWorkers--;
            HeldBytes -= entry.Bytes;
        }

        if (entry.Name is { } name)
            RemoveName(name, entry.PlaceByName);
        entries.Remove(job);
        return true;
    }

    /// <inheritdoc/>
    public bool TryGet(JobId job, out Share share)
    {
        var found = entries.TryGetValue(job, out var entry);
        share = found ? entry.ToShare(job) : default;
        return found;
    }

    /// <inheritdoc/>
    public IEnumerable<Share> All() => entries.Select(entry => entry.Value.ToShare(entry.Key));

    /// <inheritdoc/>
    public List<Share> Named(string name)
        => named.TryGetValue(name, out var jobs) ? [.. jobs.Select(job => entries[job].ToShare(job))] : [];

    /// <inheritdoc/>
    public List<Share> Of(NodeId node) => [.. All().Where(share => share.Request.Node == node)];

    /// <inheritdoc/>
    public ILookup<NodeId, Share> ByNode(long before)
        => All().Where(share => share.Request.Since < before).ToLookup(share => share.Request.Node);

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
            ref var entry = ref Find(each.Request.Job);
            if (!Unsafe.IsNullRef(ref entry))
                entry.AskedIn = turns;
        }

        return taken;
    }

    /// <summary>A job that stays within what it is guaranteed takes nothing from others, so it only has to fit in what is free.</summary>
    private HoldResult Check(Amount beyond, Amount used, Amount kept, long bytes)
    {
        if (beyond.Workers > 0 && used.Workers + kept.Workers + beyond.Workers > Limits.MaxWorkers)
            return HoldResult.WorkersKept;
        if (used.Bytes + bytes > Limits.MaxMemoryBytes)
            return HoldResult.NoMemory;
        return beyond.Bytes > 0 && used.Bytes + kept.Bytes + beyond.Bytes > Limits.MaxMemoryBytes
            ? HoldResult.MemoryKept
            : HoldResult.Held;
    }

    private bool Add(in ShareRequest request, bool committed, PoolChain? above)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(request.Bytes);
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(entries, request.Job, out var isPresent);
        if (isPresent)
            return false;
        entry = new Entry(request, tree.Find(request.From)) { Committed = committed, Above = above };
        tree.Use(entry.Leaf, 1, request.Bytes);
        Kept?.Use(request.From, 1, request.Bytes);
        if (request.Name is { } name)
            entry.PlaceByName = AddName(name, request.Job);
        UsedBytes += request.Bytes;
        if (!committed)
        {
            HeldWorkers++;
            HeldBytes += request.Bytes;
        }

        return true;
    }

    /// <summary>The entry of a job, or a null reference.</summary>
    private ref Entry Find(JobId job) => ref CollectionsMarshal.GetValueRefOrNullRef(entries, job);

    private int AddName(string name, JobId job)
    {
        if (!named.TryGetValue(name, out var jobs))
        {
            named.Add(name, jobs = spare ?? []);
            spare = null;
        }

        jobs.Add(job);
        return jobs.Count - 1;
    }

    /// <summary>Moves the last job of that name to the removed one's place: no search, and only memory that is in use already.</summary>
    private void RemoveName(string name, int placeByName)
    {
        var jobs = named[name];
        if (placeByName < jobs.Count - 1)
        {
            jobs[placeByName] = jobs[^1];
            Find(jobs[placeByName]).PlaceByName = placeByName;
        }

        jobs.RemoveAt(jobs.Count - 1);
        if (jobs.Count == 0 && named.Remove(name))
            spare = jobs;
    }

    /// <summary>What is known of a share besides its job, the key. Kept small: an admission and a release write all of it.</summary>
    private struct Entry(in ShareRequest request, Branch<WaiterLevels> leaf)
    {
        public readonly ulong Route = request.Route;
        public readonly NodeId Node = request.Node;
        public readonly string? Name = request.Name;
        public readonly long Bytes = request.Bytes;
        public readonly long Since = request.Since;
        public readonly Branch<WaiterLevels> Leaf = leaf;
        public PoolChain? Above;
        public long AskedIn;

        /// <summary>Its index in the list of jobs with the same name.</summary>
        public int PlaceByName;

        public bool Committed;

        public readonly Share ToShare(JobId job)
            => new(new ShareRequest(job, Route, Node, Name, Bytes, Since, Leaf.Path), Committed, Above, AskedIn);
    }
}
