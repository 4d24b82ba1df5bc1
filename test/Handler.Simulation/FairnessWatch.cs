using Handler.FairShare;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// Checks that the children of a pool are served fairly. Adds up what each child uses from the shares themselves, not from the pool's tree.
/// </summary>
internal sealed class FairnessWatch(Monitor monitor, string name)
{
    private const double Rounding = 1e-9;

    /// <summary>
    /// How much a sibling may be served while a child of the same share waits: its last job and that child's last job, each at most the
    /// whole pool.
    /// </summary>
    private const double MaxLead = 2;

    private readonly Dictionary<string, int> overtaken = [];
    private readonly Dictionary<(string Waiting, string Sibling), double> leads = [];
    private readonly HashSet<(string Waiting, string Sibling, double Cost)> equals = [];
    private Dictionary<JobId, ShareRequest> before = []; // what was used after the step before
    private Dictionary<string, int> counted = []; // how often the pool itself has counted then that a child was overtaken
    private int grants; // in this step

    /// <summary>
    /// Checks the jobs that got a share in one step against those that waited before the step and still wait, one per child. The jobs of
    /// one child are in order; in which order the children were served is not known.
    /// </summary>
    /// <param name="ledger">The shares after the step.</param>
    /// <param name="served">The jobs that got a share.</param>
    /// <param name="heads">The jobs that waited and still wait, one per child.</param>
    /// <param name="asked">By which paths jobs asked in this step: they may have had a share and released it.</param>
    public void CheckTurns(
        IReadOnlyPoolLedger ledger, IReadOnlyList<ShareRequest> served, IReadOnlyList<Waiter> heads, IReadOnlyList<PoolPath?> asked)
    {
        Served(served.Select(static share => share.From));
        var waiting = heads.Select(static waiter => Text(waiter.Request.From)).ToHashSet();
        foreach (var child in overtaken.Keys.Where(child => !waiting.Contains(child)).ToList())
            overtaken.Remove(child);
        grants = served.Count;
        var inTurn = InTurn(ledger, served);
        for (var i = 0; i < served.Count; i++)
        {
            var later = served.Skip(i).Select(static share => share.Job).ToHashSet();
            if (ledger.Kept?.HasBranch(served[i].From) == true)
                continue; // it may have used what its pool is guaranteed, which the others cannot have
            foreach (var waiter in heads.Where(waiter => !PoolPath.IsSame(waiter.Request.From, served[i].From)))
            {
                if (!inTurn.Contains(served[i].Job))
                    CheckTurn(ledger, served[i], later, waiter);
                if (!served.Any(share => PoolPath.IsSame(share.From, waiter.Request.From)))
                    CheckOvertaking(ledger, served[i], waiter, asked);
            }

            foreach (var lead in equals)
                AddLead(lead.Waiting, lead.Sibling, lead.Cost);
            equals.Clear();
        }
    }

    /// <summary>Jobs that came by these paths got a share.</summary>
    public void Served(IEnumerable<PoolPath?> paths)
    {
        var served = paths.Select(Text).ToList();
        ForgetChildren(child => served.Exists(path => path.StartsWith(child, StringComparison.Ordinal)));
    }

    /// <summary>Ends a step: forgets all children in which no job waits.</summary>
    public void EndStep(IReadOnlyPoolLedger? ledger, IReadOnlyCollection<Waiter> waiting)
    {
        before = ledger is null ? [] : ledger.All().Select(static share => share.Request).ToDictionary(static share => share.Job);
        counted = waiting
            .DistinctBy(static waiter => waiter.Leaf)
            .ToDictionary(static waiter => Text(waiter.Request.From), static waiter => waiter.Leaf!.Queue!.Overtaken);
        var children = waiting.Select(static waiter => Text(waiter.Request.From)).ToList();
        ForgetChildren(child => !children.Exists(waiting => waiting.StartsWith(child, StringComparison.Ordinal)));
    }

    /// <summary>
    /// The jobs that follow others of the same child on a worker, which has its turn left: at most one for each of those that have ended.
    /// </summary>
    private HashSet<JobId> InTurn(IReadOnlyPoolLedger ledger, IReadOnlyList<ShareRequest> served)
    {
        var all = new HashSet<JobId>();
        foreach (var ended in before.Values.Where(share => monitor.MayBeFollowed(share.Job) && !ledger.TryGet(share.Job, out _)))
        {
            var follows = served.Where(share =>
                !all.Contains(share.Job) && share.Node == ended.Node && PoolPath.IsSame(share.From, ended.From));
            all.UnionWith(follows.Take(1).Select(static share => share.Job));
        }

        return all;
    }

    private void ForgetChildren(Predicate<string> which)
    {
        foreach (var child in overtaken.Keys.Where(child => which(child)).ToList())
            overtaken.Remove(child);
        foreach (var lead in leads.Keys.Where(lead => which(lead.Waiting)).ToList())
            leads.Remove(lead);
    }

    /// <summary>
    /// Checks that no job whose child uses more was served before one that fits, and how often jobs were whose child uses as much.
    /// </summary>
    private void CheckTurn(IReadOnlyPoolLedger ledger, ShareRequest served, HashSet<JobId> later, Waiter waiter)
    {
        // A child that is due may be served first, and it may keep the room from the job that waits.
        var used = ledger.All().Select(share => share.Request).ToList();
        if (UsedAtMost(ledger, used, served) + MissingBytes(ledger, waiter.Request) > ledger.Limits.MaxMemoryBytes
            || IsAnyDueBut(Text(waiter.Request.From)))
            return;
        var (mine, other, weight, waitersWeight) = Diverge(served.From, waiter);
        var servedShare = Share(ledger.Limits, used.Where(share => !later.Contains(share.Job) && IsUnder(share.From, mine)), weight);

        // A step may release several shares. The waiting child may have had more when the job was served than it has at the end.
        var waitersShare = Math.Max(
            Share(ledger.Limits, used.Where(share => IsUnder(share.From, other)), waitersWeight),
            Share(ledger.Limits, before.Values.Where(share => IsUnder(share.From, other)), waitersWeight));
        if (servedShare > waitersShare + Rounding)
        {
            monitor.Violate(
                $"{served.Job} got a share in {name}, where its child has {servedShare:0.###}, "
                    + $"while {waiter.Request.Job} waits, whose child has {waitersShare:0.###}");
        }
        else if (servedShare > waitersShare - Rounding)
        {
            equals.Add((Text(other), Text(mine), Share(ledger.Limits, [served], weight)));
        }
    }

    /// <summary>
    /// Checks how often a job got room whose child then used more than a child whose first job was too large. Counts only if both are
    /// certain, whatever was released and served in the same step, and in whichever order.
    /// </summary>
    private void CheckOvertaking(
        IReadOnlyPoolLedger ledger, ShareRequest served, Waiter waiter, IReadOnlyList<PoolPath?> asked)
    {
        var child = Text(waiter.Request.From);
        var (mine, other, weight, waitersWeight) = Diverge(served.From, waiter);
        var used = ledger.All().Select(static share => share.Request).ToList();
        var throughout = used.Where(share => before.ContainsKey(share.Job)).ToList();
        var least = Share(ledger.Limits, throughout.Append(served).Where(share => IsUnder(share.From, mine)), weight);
        var most = Share(
            ledger.Limits,
            used.Concat(before.Values).DistinctBy(static share => share.Job).Where(share => IsUnder(share.From, other)),
            waitersWeight);
        if (least <= most + Rounding || asked.Any(path => !PoolPath.IsSame(path, served.From) && IsUnder(path, other)))
            return;
        if (overtaken.GetValueOrDefault(child) < Tuning.Pools.MaxOvertakes)
        {
            if (throughout.Sum(static share => share.Bytes) + waiter.Request.Bytes > ledger.Limits.MaxMemoryBytes)
                overtaken[child] = overtaken.GetValueOrDefault(child) + 1;
        }
        else if (!IsDue(Text(served.From)))
        {
            monitor.Violate($"{served.Job} overtook {waiter.Request.Job} in {name}, which had been overtaken {overtaken[child]} times");
        }
    }

    /// <summary>
    /// How much memory can have been in use when a job was served. If several shares were released in the step, the job may have been
    /// served before the last of them.
    /// </summary>
    private long UsedAtMost(IReadOnlyPoolLedger ledger, List<ShareRequest> used, in ShareRequest served)
    {
        var all = used.Concat(before.Values).DistinctBy(static share => share.Job).ToList();
        return all.Count - used.Count > 1 ? all.Sum(static share => share.Bytes) - served.Bytes : ledger.UsedBytes;
    }

    /// <summary>Whether a child may have been due at some moment of this step.</summary>
    private bool IsDue(string child)
        => counted.GetValueOrDefault(child) + grants > Tuning.Pools.MaxOvertakes;

    private bool IsAnyDueBut(string child) => counted.Keys.Any(other => other != child && IsDue(other));

    /// <summary>How much memory must be free for a job, with what is kept for others.</summary>
    private static long MissingBytes(IReadOnlyPoolLedger ledger, in AcquireRequest request)
    {
        if (ledger.Kept is not { } kept)
            return request.Bytes;
        var beyond = kept.NeededBeyond(request.From, request.Bytes).Bytes;
        return Math.Max(request.Bytes, beyond == 0 ? 0 : kept.Kept.Bytes + beyond);
    }

    private void AddLead(string waiting, string sibling, double cost)
    {
        var lead = leads[(waiting, sibling)] = leads.GetValueOrDefault((waiting, sibling)) + cost;
        if (lead > MaxLead + Rounding)
            monitor.Violate($"{waiting} waits in {name} while {sibling} is served again and again");
    }

    /// <summary>
    /// Where the way of a job that was served and that of a waiting job part: the two children of one branch, and their weights.
    /// </summary>
    private static (List<string> Served, List<string> Waiting, int Weight, int WaitersWeight) Diverge(PoolPath? served, Waiter waiter)
    {
        var (ways, branch) = ((Served: Names(served), Waiting: Names(waiter.Request.From)), waiter.Leaf!);
        while (branch.Parent is { } parent)
            branch = parent;
        for (var i = 0; ; i++)
        {
            var (mine, other) = (branch.Children[ways.Served[i]], branch.Children[ways.Waiting[i]]);
            if (mine != other)
                return (ways.Served[..(i + 1)], ways.Waiting[..(i + 1)], mine.Weight, other.Weight);
            branch = mine;
        }
    }

    private static bool IsUnder(PoolPath? path, List<string> branch) => Names(path).Take(branch.Count).SequenceEqual(branch);

    /// <summary>The names on a path, and at its end the empty one of the leaf.</summary>
    private static List<string> Names(PoolPath? path)
    {
        var names = new List<string>();
        for (; path is not null; path = path.Below)
            names.Add(path.Pool);
        names.Add("");
        return names;
    }

    private static string Text(PoolPath? path) => Text(Names(path));

    private static string Text(List<string> names) => string.Concat(names.Select(static name => name + "/"));

    private static double Share(PoolLimits limits, IEnumerable<ShareRequest> used, int weight)
    {
        var (workers, bytes) = used.Aggregate((0, 0L), static (sum, share) => (sum.Item1 + 1, sum.Item2 + share.Bytes));
        return Math.Max(workers / (double)Math.Max(limits.MaxWorkers, 1), bytes / (double)Math.Max(limits.MaxMemoryBytes, 1)) / weight;
    }
}
