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
    private List<ShareRequest> before = []; // what was used after the step before

    /// <summary>
    /// Checks the jobs that got a share in one step against those that waited before the step and still wait, one per child. The jobs of
    /// one child are in order; in which order the children were served is not known.
    /// </summary>
    public void CheckTurns(IReadOnlyPoolLedger ledger, IReadOnlyList<ShareRequest> served, IReadOnlyList<Waiter> heads)
    {
        Served(served.Select(static share => share.From));
        for (var i = 0; i < served.Count; i++)
        {
            var later = served.Skip(i).Select(static share => share.Job).ToHashSet();
            foreach (var waiter in heads.Where(waiter => !PoolPath.IsSame(waiter.Request.From, served[i].From)))
                CheckTurn(ledger, served[i], later, waiter);
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
        before = ledger is null ? [] : [.. ledger.All().Select(static share => share.Request)];
        var children = waiting.Select(static waiter => Text(waiter.Request.From)).ToList();
        ForgetChildren(child => !children.Exists(waiting => waiting.StartsWith(child, StringComparison.Ordinal)));
    }

    private void ForgetChildren(Predicate<string> which)
    {
        foreach (var child in overtaken.Keys.Where(child => which(child)).ToList())
            overtaken.Remove(child);
        foreach (var lead in leads.Keys.Where(lead => which(lead.Waiting)).ToList())
            leads.Remove(lead);
    }

    private void CheckTurn(IReadOnlyPoolLedger ledger, ShareRequest served, HashSet<JobId> later, Waiter waiter)
    {
        var (mine, other, weight, waitersWeight) = Diverge(served.From, waiter);
        var used = ledger.All().Select(share => share.Request).ToList();
        var servedShare = Share(ledger.Limits, used.Where(share => !later.Contains(share.Job) && IsUnder(share.From, mine)), weight);

        // A step may release several shares. The waiting child may have had more when the job was served than it has at the end.
        var waitersShare = Math.Max(
            Share(ledger.Limits, used.Where(share => IsUnder(share.From, other)), waitersWeight),
            Share(ledger.Limits, before.Where(share => IsUnder(share.From, other)), waitersWeight));
        var child = Text(waiter.Request.From);
        var fits = ledger.UsedBytes + waiter.Request.Bytes <= ledger.Limits.MaxMemoryBytes;
        if (servedShare > waitersShare + Rounding)
        {
            if (fits)
                monitor.Violate(
                    $"{served.Job} got a share in {name}, where its child has {servedShare:0.###}, "
                        + $"while {waiter.Request.Job} waits, whose child has {waitersShare:0.###}");
            else if ((overtaken[child] = overtaken.GetValueOrDefault(child) + 1) > Tuning.Pools.MaxOvertakes)
                monitor.Violate($"{waiter.Request.Job} was overtaken {overtaken[child]} times in {name}");
        }
        else if (fits && servedShare > waitersShare - Rounding)
        {
            equals.Add((Text(other), Text(mine), Share(ledger.Limits, [served], weight)));
        }
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
